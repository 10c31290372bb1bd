/** Batch files of any size: one payer, distinct payees that no simulator takes for magic, two decimals. */
import { Buffer } from 'node:buffer';

const header =
  'id,request_id,payment_mode,payer_identifier_type,payer_identifier,payee_identifier_type,payee_identifier,amount,currency,note\n';
const payeeTypes: Readonly<Record<string, string>> = { slcb: 'accountNumber', mojaloop: 'msisdn', gsma: 'msisdn' };

/** The file's bytes and what it adds up to, in minor units. */
export function payroll(rail: string, rows: number): { readonly bytes: Buffer; readonly minor: bigint } {
  const pieces = [Buffer.from(header)];
  let lines: string[] = [];
  let minor = 0n;
  for (let row = 1; row <= rows; row += 1) {
    const whole = (row % 900) + 1;
    minor += BigInt(whole) * 100n + 50n;
    lines.push(
      `${row},bench-${row},${rail},accountNumber,003001003874120160,${payeeTypes[rail]},${10_000_000 + row}7001,${whole}.50,USD,Bench Payee Payment\n`,
    );
    if (lines.length < 10_000 && row < rows) continue;
    pieces.push(Buffer.from(lines.join('')));
    lines = [];
  }
  return { bytes: Buffer.concat(pieces), minor };
}
