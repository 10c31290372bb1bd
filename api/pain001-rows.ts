/** Credit transfers of a pain.001 become the rows of a CSV file, one after the other; what the message is, is told before them. */
import { type Pain001Rules, requiredColumns } from '../domain/batch-file.ts';
import { Problem } from '../domain/problem.ts';
import { identifierTypeOf } from '../domain/row-check.ts';
import {
  BrokenPain001,
  type CreditTransfer,
  type IsoAccount,
  type Pain001Header,
  readPain001,
} from '../platform/pain001.ts';

/** Only where some rail declares them. */
const extraColumns = ['payee_dfsp_id', 'payee_name', 'payee_bic'];

export type Pain001Options = {
  readonly rules: Pain001Rules;
  /** Columns that a file may have beyond the ten. */
  readonly columns: readonly string[];
  readonly now: Date;
  readonly onHeader: (header: Pain001Header) => void;
};

/** CSV text; throws a problem that names elements and lines where the message cannot be paid. */
export async function* csvOfPain001(xml: AsyncIterable<Uint8Array>, options: Pain001Options): AsyncGenerator<string> {
  const columns = extraColumns.filter((name) => options.columns.includes(name));
  yield `${[...requiredColumns, ...columns].join(',')}\n`;
  try {
    for await (const transfers of readPain001(xml, options)) {
      yield transfers.map((transfer) => rowOf(transfer, columns, options.rules)).join('');
    }
  } catch (error) {
    if (!(error instanceof BrokenPain001)) throw error;
    const errors = error.problems.map(({ element, line, message }) => ({
      name: element,
      message: `line ${line}: ${message}`,
    }));
    throw new Problem('broken-message', error.message, { errors });
  }
}

function rowOf(transfer: CreditTransfer, columns: readonly string[], rules: Pain001Rules): string {
  const { n, endToEndId, debtor, creditor, amount, currency, remittance } = transfer;
  const payer = partyOf(debtor);
  const payee = partyOf(creditor);
  const extra: Readonly<Record<string, string | undefined>> = {
    payee_dfsp_id: transfer.creditorMember,
    payee_name: transfer.creditorName,
    payee_bic: transfer.creditorBic,
  };
  const mode = modeOf(transfer, rules);
  const cells = [String(n), endToEndId, mode, payer.type, payer.id, payee.type, payee.id, amount, currency, remittance];
  return `${[...cells, ...columns.map((name) => extra[name] ?? '')].map(quoted).join(',')}\n`;
}

/** By the creditor's agent, then by service level, then what the tenant says of all others. */
function modeOf({ creditorBic, creditorMember, serviceLevel }: CreditTransfer, rules: Pain001Rules): string {
  const { agents = {}, serviceLevels = {}, mode = 'bank-file' } = rules;
  const bic = creditorBic?.toUpperCase();
  return (
    (bic && (agents[bic] ?? agents[bic.slice(0, 8)])) ||
    (creditorMember && agents[creditorMember.toUpperCase()]) ||
    (serviceLevel && serviceLevels[serviceLevel.toUpperCase()]) ||
    mode
  );
}

/** ISO 20022's codes for accounts and for what stands in for one. */
const typeOfCode = new Map([
  ...['AIIN', 'BBAN', 'CUID', 'UPIC'].map((code) => [code, 'accountNumber'] as const),
  ...['TELE', 'MBNO'].map((code) => [code, 'msisdn'] as const),
  ['EMAL', 'email'],
  ['EWAL', 'walletId'],
  ['NIDN', 'nationalId'],
  ['CCPT', 'passport'],
]);

/** Without a scheme it is an account; a scheme that nobody knows stands in the row as it came, and the row check says so. */
function partyOf({ iban, other = '', scheme }: IsoAccount): { type: string; id: string } {
  if (iban) return { type: 'iban', id: iban };
  if (scheme === undefined) return { type: 'accountNumber', id: other };
  const type = typeOfCode.get(scheme) ?? identifierTypeOf(scheme) ?? scheme;
  // The standard writes phone numbers as +232-76123456.
  return { type, id: type === 'msisdn' ? other.replace(/[-() ]/g, '') : other };
}

/** The sender's own text: quoted where it must be, otherwise as it is. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
