import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aboveBatchMax, isDay, type ProgrammeTerms, periodAt, programmeErrors, whyNotPaying } from './programme.ts';

const terms: ProgrammeTerms = {
  payer: { type: 'accountNumber', id: '003001003874120160' },
  limits: [{ currency: 'USD', paymentMax: 50_000n, batchMax: 100_000n }, { currency: 'JPY' }],
};
const nobody = { type: '', id: '' };
const codesOf = (named: ProgrammeTerms['payer'], minor: bigint, currency: string) =>
  programmeErrors(terms, named, { minor, currency }).map(({ code }) => code);

test('a programme pays from its first day to its last, both included, and not once it is closed', () => {
  const time = { state: 'open', effectiveFrom: '2026-03-01', effectiveUntil: '2026-03-31' } as const;
  const on = (moment: string, state: 'open' | 'closed' = 'open') => whyNotPaying({ ...time, state }, new Date(moment));
  expect(on('2026-02-28T23:59:59Z')).toBe('it begins on 2026-03-01');
  expect(on('2026-03-01T00:00:00Z')).toBeUndefined();
  expect(on('2026-03-31T23:59:59Z')).toBeUndefined();
  expect(on('2026-04-01T00:00:00Z')).toBe('it ended on 2026-03-31');
  expect(on('2026-03-15T00:00:00Z', 'closed')).toBe('it was closed');
  expect(whyNotPaying({ state: 'open', effectiveFrom: '2026-03-01' }, new Date('2999-01-01'))).toBeUndefined();
});

test('a row may leave its payer out or name the account that pays, and nobody else', () => {
  expect(codesOf(nobody, 1n, 'USD')).toEqual([]);
  expect(codesOf(terms.payer, 1n, 'USD')).toEqual([]);
  expect(codesOf({ type: 'msisdn', id: terms.payer.id }, 1n, 'USD')).toEqual(['payer_not_of_programme']);
  expect(codesOf({ ...terms.payer, id: '1' }, 1n, 'USD')).toEqual(['payer_not_of_programme']);
  expect(codesOf({ ...terms.payer, id: '' }, 1n, 'USD')).toEqual(['payer_not_of_programme']);
});

test('a row is paid in the currencies of the programme, up to the maximum and no unit more', () => {
  expect(codesOf(nobody, 50_000n, 'USD')).toEqual([]);
  expect(codesOf(nobody, 50_001n, 'USD')).toEqual(['amount_above_programme']);
  expect(codesOf(nobody, 10n ** 15n, 'JPY')).toEqual([]);
  expect(codesOf(nobody, 1n, 'EUR')).toEqual(['currency_not_of_programme']);
});

test('what is said of a row never has its payer in it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6 }), (id) => {
      const [error] = programmeErrors(terms, { type: 'accountNumber', id: `${id}#` });
      expect(error?.message).not.toContain(`${id}#`);
    }),
  );
});

test('a batch is judged by what it adds up to in each currency', () => {
  expect(aboveBatchMax(terms.limits, () => 100_000n)).toBeUndefined();
  const wrong = aboveBatchMax(terms.limits, (currency) => (currency === 'USD' ? 100_001n : 10n ** 15n));
  expect(wrong?.detail).toContain('add up to 1000.01 USD, the programme takes 1000.00 USD in one batch');
});

test('periods are those of the moment in UTC, and days are days of the calendar', () => {
  const at = new Date('2026-11-28T23:30:00-05:00');
  expect((['total', 'year', 'month', 'day'] as const).map((period) => periodAt(period, at))).toEqual([
    'total',
    '2026',
    '2026-11',
    '2026-11-29',
  ]);
  expect(['2026-02-28', '2024-02-29', '2026-02-29', '2026-13-01', '26-01-01', ' 2026-01-01'].map(isDay)).toEqual([
    ...[true, true, false, false, false, false],
  ]);
});
