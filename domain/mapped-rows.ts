/** Rows that name only a person, judged with the account that the mapper knows of them; all other rows as they are. */
import { type Account, type Beneficiary, beneficiaryType } from './beneficiary.ts';
import type { RowError } from './outcome.ts';
import type { CheckedRow, RowErrorCode } from './row-check.ts';

type Row = { readonly row: number; readonly cells: readonly string[] };

/** Those of `identities` who are known. */
export type BeneficiariesOf = (identities: readonly string[]) => Promise<ReadonlyMap<string, Beneficiary>>;

export type MappedCheck = {
  readonly columns: readonly string[];
  readonly checkRow: (cells: readonly string[], row: number) => CheckedRow;
  readonly beneficiariesOf: BeneficiariesOf;
  /** The rail of a payment mode, by id. */
  readonly railOf: (mode: string) => string | undefined;
  /** Whether the batch says whose beneficiaries it means: then a payee without a type is one of them. */
  readonly hasInstitution: boolean;
};

/** A checker of chunks: the mapper is asked once for a chunk, and not at all where no row needs it. */
export function createMappedChecker(check: MappedCheck): (rows: readonly Row[]) => Promise<CheckedRow[]> {
  const { columns, checkRow, beneficiariesOf, railOf, hasInstitution } = check;
  const at = {
    mode: columns.indexOf('payment_mode'),
    type: columns.indexOf('payee_identifier_type'),
    id: columns.indexOf('payee_identifier'),
    dfsp: columns.indexOf('payee_dfsp_id'),
  };

  return async (rows) => {
    const named = rows.map(({ cells }) => identityIn(cells));
    const identities = [...new Set(named.filter((identity) => identity !== undefined))];
    if (identities.length === 0) return rows.map(({ row, cells }) => checkRow(cells, row));
    const known = await beneficiariesOf(identities);
    return rows.map(({ row, cells }, i) => {
      const identity = named[i];
      if (identity === undefined) return checkRow(cells, row);
      const account = known.get(identity)?.account;
      return account ? checkAs(account, cells, row) : refused(cells, row, known.has(identity));
    });
  };

  /** The person whom a row names instead of an account, if it does. */
  function identityIn(cells: readonly string[]): string | undefined {
    if (cells.length !== columns.length) return undefined;
    const type = cells[at.type]!;
    const id = cells[at.id]!;
    if (id.trim() === '') return undefined;
    if (type === '') return hasInstitution ? id : undefined;
    return isBeneficiaryType(type) ? id : undefined;
  }

  function checkAs(account: Account, cells: readonly string[], row: number): CheckedRow {
    const errors: RowError[] = [];
    const differs = (column: string, what: string) =>
      errors.push(
        errorOf(row, column, 'beneficiary_differs', `is not the ${what} that was registered: leave it empty`),
      );
    const mode = cells[at.mode]!;
    if (mode !== '' && railOf(mode.toLowerCase()) !== railOf(account.mode)) differs('payment_mode', 'one');
    const dfsp = at.dfsp < 0 ? '' : cells[at.dfsp]!;
    if (dfsp !== '' && account.dfsp !== undefined && dfsp !== account.dfsp) differs('payee_dfsp_id', 'institution');
    const mapped = [...cells];
    mapped[at.mode] = account.mode;
    mapped[at.type] = account.type;
    mapped[at.id] = account.id;
    const checked = checkRow(mapped, row);
    const dfspId = account.dfsp ?? checked.fields.payee.dfspId;
    const payee = dfspId === undefined ? checked.fields.payee : { ...checked.fields.payee, dfspId };
    return { fields: { ...checked.fields, payee }, errors: [...errors, ...checked.errors] };
  }

  /** What is missing only because nobody is known, or has no account, is not told apart. */
  function refused(cells: readonly string[], row: number, isKnown: boolean): CheckedRow {
    const { fields, errors } = checkRow(cells, row);
    const others = errors.filter(
      ({ column, code }) => !(column === 'payment_mode' && code === 'required') && column !== 'payee_identifier_type',
    );
    const why = isKnown
      ? errorOf(
          row,
          'payee_identifier',
          'beneficiary_without_account',
          'names somebody whose account is not known: add it',
        )
      : errorOf(row, 'payee_identifier', 'beneficiary_unknown', 'names nobody who is registered: register them first');
    const payee = { ...fields.payee, type: beneficiaryType };
    return { fields: { ...fields, payee }, errors: [why, ...others] };
  }
}

/** Whether a row has nothing wrong with it but that the mapper cannot say where the person is paid. */
export function isOnlyUnmapped(errors: readonly RowError[]): boolean {
  const codes: readonly string[] = ['beneficiary_unknown', 'beneficiary_without_account'] satisfies RowErrorCode[];
  return errors.length > 0 && errors.every(({ code }) => codes.includes(code));
}

function isBeneficiaryType(text: string): boolean {
  // Nearly all rows are told apart by the length of a word.
  if (text.length < beneficiaryType.length || text.length > beneficiaryType.length + 1) return false;
  return text.toLowerCase().replace(/[_-]/g, '') === beneficiaryType.toLowerCase();
}

function errorOf(row: number, column: string, code: RowErrorCode, what: string): RowError {
  return { row, column, code, message: `${column} ${what}` };
}
