/** Checks one row of a batch's file and says all that is wrong with it: column, code, the value's shape and the cure. */
import type { RequiredColumn } from './batch-file.ts';
import { requiredColumns } from './batch-file.ts';
import { isCurrency } from './currency.ts';
import { hasIbanShape, isIban } from './iban.ts';
import { type Money, parseMoney, shapeOf } from './money.ts';
import type { RowError } from './outcome.ts';
import type { Party } from './payment.ts';
import { namesNoPayer, type ProgrammeTerms, programmeErrors } from './programme.ts';

/** Codes of row errors; docs/errors.md tells each one's cause and cure. */
export const rowErrorCodes = {
  cell_count: 'The row has more or fewer cells than the header',
  required: 'A cell that must be filled is empty',
  too_long: 'A cell is longer than it may be',
  control_character: 'A cell holds a character that cannot be printed',
  amount_malformed: 'The amount is not a decimal number',
  amount_not_positive: 'The amount is zero or negative',
  amount_digits: 'The amount has more decimal digits than its currency',
  amount_too_large: 'The amount is larger than the hub carries',
  currency_unknown: 'The currency is not an ISO 4217 code',
  mode_unknown: 'No rail has this payment mode',
  mode_not_open: 'The rail of this payment mode is not open to the tenant',
  currency_not_taken: 'The rail of the row does not take its currency',
  identifier_type_unknown: 'The identifier type is not known',
  msisdn_malformed: 'A phone number is not an optional plus and 5 to 15 digits',
  iban_malformed: 'An IBAN has the wrong shape or wrong check digits',
  beneficiary_unknown: 'Nobody is registered under the name of the payee',
  beneficiary_without_account: 'The payee is registered and has no account',
  beneficiary_differs: 'The row names another payment mode or institution than the registered one',
  rail_refused: 'The rail of the row cannot carry it',
  payer_not_of_programme: 'The row names another payer than its programme',
  currency_not_of_programme: 'The programme of the batch does not pay the currency',
  amount_above_programme: 'The amount is above what the programme pays at once',
  duplicate_id: 'An earlier row of the file has the same id',
} as const;
export type RowErrorCode = keyof typeof rowErrorCodes;

export type RowFields = {
  readonly clientId: string;
  readonly requestId: string;
  /** Lower case. */
  readonly mode: string;
  /** Empty where no rail has the mode. */
  readonly railId: string;
  readonly payer: Party;
  readonly payee: Party;
  readonly amountText: string;
  /** Absent where amount or currency cannot be read. */
  readonly money?: Money;
  readonly currency: string;
  readonly note: string;
  /** Columns beyond the ten, only those that the row fills. */
  readonly extra: Readonly<Record<string, string>>;
};

export type CheckedRow = { readonly fields: RowFields; readonly errors: RowError[] };

/** What the checker must know of rails; a registry of them fits. */
export type RailsOfModes = {
  /** `mode` in lower case. */
  railOfMode(mode: string): RailOfMode | undefined;
  readonly modes: readonly string[];
};
export type RailOfMode = RailTerms & { readonly id: string; readonly checkRow?: RowCheck };

/** What a rail may look at of a row that passed the common checks; what it says is wrong, or nothing. */
export type RowCheck = (row: RowToCheck) => RowRefusal | undefined;
export type RowToCheck = Pick<RowFields, 'payer' | 'payee'> & Partial<Pick<RowFields, 'note' | 'extra'>>;
export type RowRefusal = { readonly column: string; readonly message: string };

/** Whom and what a rail serves. */
export type RailTerms = {
  /** All where absent. */
  readonly currencies?: readonly string[];
  /** All where absent. */
  readonly tenants?: readonly string[];
};

export function isOpenTo({ tenants }: RailTerms, tenantId: string): boolean {
  return tenants === undefined || tenants.includes(tenantId);
}

/** Identifier types as we write them. Clients may write them in any case, with `_` or `-` between words. */
export const identifierTypes = [
  'accountNumber',
  'msisdn',
  'iban',
  'mosip',
  'email',
  'walletId',
  'accountId',
  'alias',
  'personalId',
  'nationalId',
  'passport',
  'business',
  'organisationId',
  'device',
  'username',
] as const;

/** The largest amount of one row in minor units; thousands of such rows still sum within 64 bits. */
export const rowMinorMax = 10n ** 15n;

const identifierMaxChars = 128;
const noteMaxChars = 1_000;
const extraMaxChars = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controlInNote = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const msisdnShape = /^\+?\d{5,15}$/;
const typeByKey = new Map<string, string>([
  ...identifierTypes.map((type): [string, string] => [type.toLowerCase(), type]),
  // The same things in the words of GSMA and Mojaloop.
  ['phonenumber', 'msisdn'],
  ['emailaddress', 'email'],
  ['bankaccountno', 'accountNumber'],
  ['identityalias', 'alias'],
]);

/** Our spelling of an identifier type, or undefined where it is none. */
export function identifierTypeOf(text: string): string | undefined {
  return typeByKey.get(text) ?? typeByKey.get(text.toLowerCase().replace(/[_-]/g, ''));
}

/** The error of a row whose id came before; the caller knows which rows came before. */
export function duplicateId(row: number, earlierRow: number): RowError {
  return {
    row,
    column: 'id',
    code: 'duplicate_id' satisfies RowErrorCode,
    message: `id is the same as in row ${earlierRow}: give every row an id of its own`,
  };
}

/** A checker for the rows of one file of a tenant. `columns` passed checkHeader. A `programme` pays rows that name no payer. */
export function createRowChecker(
  columns: readonly string[],
  rails: RailsOfModes,
  tenantId: string,
  programme?: ProgrammeTerms,
): (cells: readonly string[], row: number) => CheckedRow {
  const place = Object.fromEntries(requiredColumns.map((name) => [name, columns.indexOf(name)])) as Record<
    RequiredColumn,
    number
  >;
  const extras = columns
    .map((name, at) => ({ name, at }))
    .filter(({ name }) => !(requiredColumns as readonly string[]).includes(name));
  const dfspAt = columns.indexOf('payee_dfsp_id');

  return (cells, row) => {
    const errors: RowError[] = [];
    const fail: Fail = (column, code, message) => {
      errors.push({ row, column, code, message });
    };
    const cell = (name: RequiredColumn) => cells[place[name]] ?? '';
    const currency = cell('currency');
    const amountText = cell('amount');
    const rail = rails.railOfMode(cell('payment_mode').toLowerCase());
    const isWhole = cells.length === columns.length;
    const named = partyOf(cell('payer_identifier_type'), cell('payer_identifier'));
    const payer = programme && namesNoPayer(named) ? programme.payer : named;
    const dfspId = dfspAt < 0 ? '' : (cells[dfspAt] ?? '');
    const payee = partyOf(cell('payee_identifier_type'), cell('payee_identifier'), dfspId);
    const extra = extrasOf(cells, extras);
    let money: Money | undefined;
    if (isWhole) {
      checkText(cell('id'), 'id', true, fail);
      checkText(cell('request_id'), 'request_id', false, fail);
      checkMode(cell('payment_mode'), rail, rails, tenantId, fail);
      checkParty(payer, 'payer', fail);
      checkParty(payee, 'payee', fail);
      money = checkMoney(amountText, currency, fail);
      if (money) checkCurrency(money, rail, fail);
      const beyond = programme ? programmeErrors(programme, named, money) : [];
      for (const { column, code, message } of beyond) fail(column, code, message);
      checkNote(cell('note'), fail);
      for (const { name, at } of extras) checkExtra(cells[at]!, name, fail);
      const refused = errors.length === 0 ? rail?.checkRow?.({ payer, payee, note: cell('note'), extra }) : undefined;
      if (refused) fail(refused.column, 'rail_refused', refused.message);
    } else {
      fail('', 'cell_count', `the row has ${cells.length} cells where the header has ${columns.length}: ${cellCure}`);
    }
    const fields: RowFields = {
      clientId: cell('id'),
      requestId: cell('request_id'),
      mode: cell('payment_mode').toLowerCase(),
      railId: rail?.id ?? '',
      payer,
      payee,
      amountText,
      money,
      currency,
      note: cell('note'),
      extra,
    };
    return { fields, errors };
  };
}

type Fail = (column: string, code: RowErrorCode, message: string) => void;
type Extra = { readonly name: string; readonly at: number };

const cellCure = 'write a cell for every column, and put a cell that holds a comma in quotes';
const noExtra: Readonly<Record<string, string>> = Object.freeze({});

function extrasOf(cells: readonly string[], extras: readonly Extra[]): Readonly<Record<string, string>> {
  let filled: Record<string, string> | undefined;
  for (const { name, at } of extras) {
    const value = cells[at];
    if (!value) continue;
    filled ??= {};
    filled[name] = value;
  }
  return filled ?? noExtra;
}

function partyOf(type: string, id: string, dfspId = ''): Party {
  const known = identifierTypeOf(type) ?? type;
  return dfspId === '' ? { type: known, id } : { type: known, id, dfspId };
}

function checkText(text: string, column: string, required: boolean, fail: Fail): void {
  if (text === '' && required) fail(column, 'required', `${column} is empty: fill it in`);
  checkLength(text, column, identifierMaxChars, fail);
  checkPrintable(text, column, control, fail);
}

function checkLength(text: string, column: string, max: number, fail: Fail): void {
  if (text.length > max) fail(column, 'too_long', `${column} has ${text.length} characters: write ${max} at most`);
}

function checkPrintable(text: string, column: string, forbidden: RegExp, fail: Fail): void {
  if (!forbidden.test(text)) return;
  fail(column, 'control_character', `${column} is ${shapeOf(text)} with a character that cannot be printed: remove it`);
}

function checkMode(
  text: string,
  rail: RailOfMode | undefined,
  { modes, railOfMode }: RailsOfModes,
  tenantId: string,
  fail: Fail,
): void {
  if (rail && isOpenTo(rail, tenantId)) return;
  const open = modes.filter((mode) => isOpenTo(railOfMode(mode) ?? {}, tenantId));
  const cure = `write one of ${open.join(', ')}`;
  if (rail) fail('payment_mode', 'mode_not_open', `payment_mode names a rail that is not open to you: ${cure}`);
  else if (text === '') fail('payment_mode', 'required', `payment_mode is empty: ${cure}`);
  else fail('payment_mode', 'mode_unknown', `payment_mode is ${shapeOf(text)} that no rail has: ${cure}`);
}

function checkCurrency({ currency }: Money, rail: RailOfMode | undefined, fail: Fail): void {
  const taken = rail?.currencies;
  if (!taken || taken.includes(currency)) return;
  const message = `currency is ${currency}, which ${rail.id} does not take: write one of ${taken.join(', ')}`;
  fail('currency', 'currency_not_taken', message);
}

function checkParty({ type, id }: Party, side: 'payer' | 'payee', fail: Fail): void {
  const typeColumn = `${side}_identifier_type`;
  const column = `${side}_identifier`;
  if (type === '') {
    fail(typeColumn, 'required', `${typeColumn} is empty: write one of ${identifierTypes.join(', ')}`);
  } else if (identifierTypeOf(type) === undefined) {
    const cure = `write one of ${identifierTypes.join(', ')}`;
    fail(typeColumn, 'identifier_type_unknown', `${typeColumn} is ${shapeOf(type)} that is not known: ${cure}`);
  }
  checkIdentifier(type, id, column, fail);
}

/** What is wrong with an identifier of one of our types; undefined where nothing is. */
export function identifierProblem(type: string, id: string): string | undefined {
  const messages: string[] = [];
  checkIdentifier(type, id, 'it', (_column, _code, message) => void messages.push(message));
  return messages[0];
}

function checkIdentifier(type: string, id: string, column: string, fail: Fail): void {
  if (id.trim() === '') {
    fail(column, 'required', `${column} is ${shapeOf(id)}: fill it in`);
    return;
  }
  checkLength(id, column, identifierMaxChars, fail);
  checkPrintable(id, column, control, fail);
  if (type === 'msisdn' && !msisdnShape.test(id)) {
    fail(column, 'msisdn_malformed', `${column} is ${shapeOf(id)}: write the phone number as 5 to 15 digits`);
  }
  if (type === 'iban' && !isIban(id)) {
    const what = hasIbanShape(id) ? 'has wrong check digits' : `is ${shapeOf(id)}`;
    fail(column, 'iban_malformed', `${column} ${what}: copy the IBAN again from its owner`);
  }
}

function checkMoney(amount: string, currency: string, fail: Fail): Money | undefined {
  const known = isCurrency(currency);
  if (currency === '') fail('currency', 'required', 'currency is empty: write three letters such as USD');
  else if (!known) {
    fail('currency', 'currency_unknown', `currency is ${shapeOf(currency)}: write an ISO 4217 code such as USD`);
  }
  if (amount === '') {
    fail('amount', 'required', 'amount is empty: write digits with a dot for decimals, such as 1250.50');
    return undefined;
  }
  const money = readMoney(amount, known ? currency : undefined, fail);
  if (!money) return undefined;
  if (money.minor === 0n) {
    fail('amount', 'amount_not_positive', 'amount is zero: write an amount above zero, or leave the row out');
    return undefined;
  }
  if (money.minor > rowMinorMax) {
    fail('amount', 'amount_too_large', 'amount is larger than one row may be: split the payment');
    return undefined;
  }
  return known ? money : undefined;
}

/** Without a known currency only the shape can be checked. */
function readMoney(amount: string, currency: string | undefined, fail: Fail): Money | undefined {
  if (/^-\d/.test(amount)) {
    fail('amount', 'amount_not_positive', 'amount is a negative number: write an amount above zero');
    return undefined;
  }
  try {
    return parseMoney(amount, currency ?? anyCurrency);
  } catch (error) {
    const message = (error as RangeError).message;
    const isDigits = /^\d+\.\d+$/.test(amount) && message.includes('decimal digits');
    if (!isDigits || currency) fail('amount', isDigits ? 'amount_digits' : 'amount_malformed', message);
    return undefined;
  }
}

/** Stands in for a currency that cannot be read; it has the most digits. */
const anyCurrency = 'CLF';

function checkNote(note: string, fail: Fail): void {
  checkLength(note, 'note', noteMaxChars, fail);
  checkPrintable(note, 'note', controlInNote, fail);
}

function checkExtra(text: string, column: string, fail: Fail): void {
  if (text === '') return;
  checkLength(text, column, extraMaxChars, fail);
  checkPrintable(text, column, control, fail);
}
