/** What a file for the bank cannot carry of a row, said when the row is read instead of when the file is written. */
import type { Party } from '../../domain/payment.ts';
import type { RowRefusal, RowToCheck } from '../../domain/row-check.ts';
import { carriedOf } from './mapping.ts';

/** What an account is to be written as. */
export const accountCure = 'write type iban, or type accountNumber and 4 to 34 letters or digits';

/** `settings`: `character_set`, latin unless set. */
export function checkRow(
  { payer, payee, note = '', extra = {} }: RowToCheck,
  settings: Readonly<Record<string, string>> = {},
): RowRefusal | undefined {
  if (!isAccount(payer))
    return { column: 'payer_identifier', message: `bank-file pays from an account: ${accountCure}` };
  if (!isAccount(payee)) return { column: 'payee_identifier', message: `bank-file pays to an account: ${accountCure}` };
  const carried = carriedOf({ note, extra }, settings.character_set === 'utf-8' ? 'utf-8' : 'latin');
  return carried.kind === 'refused' ? { column: carried.column, message: carried.message } : undefined;
}

/** IBANs are checked with every row, whatever its rail. */
export function isAccount({ type, id }: Party): boolean {
  if (type.toLowerCase() === 'iban') return /^[A-Za-z]{2}\d{2}[0-9A-Za-z ]{1,40}$/.test(id);
  return type.toLowerCase() === 'accountnumber' && /^[0-9A-Za-z]{4,34}$/.test(id);
}
