import { expect, test } from 'vitest';
import { isAboveLimit, type Magic, magicOf } from '../../connectors/magic.ts';
import { createRailRegistry } from '../../connectors/rails.ts';
import { createRowChecker, duplicateId } from '../../domain/row-check.ts';
import { profileOf } from '../profile.ts';
import { type ExpectedLine, paydayExpected, paydayRowErrors } from './payday-expected.ts';
import { readSample, recordsOf } from './sample.ts';

const { root } = profileOf('local');

test('each row of the payday sample is expected, under its own id', async () => {
  const { rows } = await readSample(root, 'payday-mixed.csv');
  expect(paydayExpected.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
});

test('the rows that the hub refuses by itself are those that are expected with 400, for the columns named', async () => {
  const { file } = await readSample(root, 'payday-mixed.csv');
  const [header, ...records] = await recordsOf(file);
  const { byMode, modes } = createRailRegistry();
  const check = createRowChecker(header!.cells, { railOfMode: byMode, modes }, 'ibank-usa');
  const seen = new Map<string, number>();
  const refused = records.flatMap(({ row, cells }) => {
    const { fields, errors } = check(cells, row);
    const twin = seen.get(fields.clientId);
    seen.set(fields.clientId, row);
    const all = twin === undefined ? errors : [...errors, duplicateId(row, twin)];
    return all.length > 0 ? [[row, all.map(({ column }) => column).sort()] as const] : [];
  });
  expect(Object.fromEntries(refused)).toEqual(paydayRowErrors);
  const expected400 = paydayExpected.flatMap(({ code }, at) => (code === 400 ? [at + 1] : []));
  expect(refused.map(([row]) => row)).toEqual(expected400);
});

test('what is expected of the other rows is what the simulators do with their payees and amounts', async () => {
  const { rows } = await readSample(root, 'payday-mixed.csv');
  for (const [at, { payee, amountText, id }] of rows.entries()) {
    const { word, code } = paydayExpected[at]!;
    if (code === 400) continue;
    const magic = isAboveLimit(amountText) ? 'refused' : magicOf(payee);
    expect({ word, code }, id).toEqual(magic ? made[magic] : paid);
  }
});

const paid: Pick<ExpectedLine, 'word' | 'code'> = { word: 'SUCCESS', code: undefined };
const made: Readonly<Record<Magic, typeof paid>> = {
  notFound: { word: 'FAILURE', code: 404 },
  refused: { word: 'FAILURE', code: 422 },
  refusedOnce: { word: 'FAILURE', code: 422 },
  pending: { word: 'PENDING', code: undefined },
  late: paid,
  nonsense: paid,
  busyTwice: paid,
  paidThenCut: paid,
  cutBeforePaid: paid,
};
