import { expect, test } from 'vitest';
import { requiredColumns } from './batch-file.ts';
import type { Beneficiary } from './beneficiary.ts';
import { createMappedChecker, isOnlyUnmapped } from './mapped-rows.ts';
import { createRowChecker } from './row-check.ts';

const columns = [...requiredColumns, 'payee_dfsp_id'];
const modes = ['slcb', 'gsma', 'wallet'];
/** Two modes of one rail. */
const railOfMode = (mode: string) => (modes.includes(mode) ? { id: mode === 'wallet' ? 'gsma' : mode } : undefined);
const checkRow = createRowChecker(columns, { modes, railOfMode }, 'a-tenant');
const known: Record<string, Beneficiary> = {
  'P-1': { identity: 'P-1', account: { mode: 'gsma', type: 'msisdn', id: '23276123456', dfsp: 'orange' } },
  'P-2': { identity: 'P-2' },
};
const asked: string[][] = [];
const checkerOf = (hasInstitution: boolean) =>
  createMappedChecker({
    columns,
    checkRow,
    railOf: (mode) => railOfMode(mode)?.id,
    hasInstitution,
    beneficiariesOf: async (identities) => {
      asked.push([...identities]);
      return new Map(identities.flatMap((identity) => (known[identity] ? [[identity, known[identity]] as const] : [])));
    },
  });
const row = (mode: string, type: string, id: string, dfsp = '') => [
  ...['1', '', mode, 'accountNumber', '003001003874120160', type, id, '12.50', 'USD', 'March'],
  dfsp,
];
const judged = (rows: string[][], hasInstitution = false) =>
  checkerOf(hasInstitution)(rows.map((cells, i) => ({ row: i + 1, cells })));

test('a row that names a person becomes one of the registered account; others stay as they are', async () => {
  const [named, plain] = await judged([row('', 'BENEFICIARY_ID', 'P-1'), row('slcb', 'accountNumber', '927549027483')]);
  expect(named).toMatchObject({ errors: [], fields: { mode: 'gsma', railId: 'gsma' } });
  expect(named!.fields.payee).toEqual({ type: 'msisdn', id: '23276123456', dfspId: 'orange' });
  expect(plain).toMatchObject({ errors: [], fields: { railId: 'slcb', payee: { id: '927549027483' } } });
});

test('the mapper is asked once for a chunk, for each person once, and not at all where no row needs it', async () => {
  asked.length = 0;
  await judged([row('slcb', 'accountNumber', '927549027483')]);
  await judged([row('', 'beneficiaryId', 'P-1'), row('', 'beneficiary-id', 'P-9'), row('', 'beneficiaryId', 'P-1')]);
  expect(asked).toEqual([['P-1', 'P-9']]);
});

test('a payee without a type is a person where the batch says whose, and a bad row elsewhere', async () => {
  const rows = [row('', '', 'P-1')];
  expect((await judged(rows, true))[0]).toMatchObject({ errors: [], fields: { railId: 'gsma' } });
  const [bad] = await judged(rows);
  expect(bad!.errors.map(({ column, code }) => [column, code])).toEqual([
    ['payment_mode', 'required'],
    ['payee_identifier_type', 'required'],
  ]);
});

test('nobody known, and no account known, are each one error, which registering mends', async () => {
  const [nobody, accountless] = await judged([row('', 'beneficiaryId', 'P-9'), row('gsma', 'beneficiaryId', 'P-2')]);
  expect(nobody!.errors).toMatchObject([{ row: 1, column: 'payee_identifier', code: 'beneficiary_unknown' }]);
  expect(accountless!.errors).toMatchObject([{ row: 2, code: 'beneficiary_without_account' }]);
  expect([nobody, accountless].every((one) => isOnlyUnmapped(one!.errors))).toBe(true);
  const [both] = await judged([row('pigeon', 'beneficiaryId', 'P-9')]);
  expect(both!.errors.map(({ code }) => code)).toEqual(['beneficiary_unknown', 'mode_unknown']);
  expect(isOnlyUnmapped(both!.errors)).toBe(false);
  expect(isOnlyUnmapped([])).toBe(false);
});

test('another rail or institution than the registered one is refused; the same, in other words, is not', async () => {
  const [rail, institution, same, bare] = await judged([
    row('slcb', 'beneficiaryId', 'P-1'),
    row('', 'beneficiaryId', 'P-1', 'africell'),
    row('Wallet', 'beneficiaryId', 'P-1', 'orange'),
    row('', 'beneficiaryId', ' '),
  ]);
  expect(rail!.errors).toMatchObject([{ row: 1, column: 'payment_mode', code: 'beneficiary_differs' }]);
  expect(institution!.errors).toMatchObject([{ row: 2, column: 'payee_dfsp_id', code: 'beneficiary_differs' }]);
  expect(same).toMatchObject({ errors: [], fields: { mode: 'gsma' } });
  expect(bare!.errors.map(({ code }) => code)).toContain('required');
});

test('a row of too few cells is told as such, whatever it names', async () => {
  const [short] = await judged([row('', 'beneficiaryId', 'P-1').slice(0, 9)]);
  expect(short!.errors).toMatchObject([{ code: 'cell_count' }]);
});
