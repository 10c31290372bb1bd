/** What must come of each row of local/samples/payday-mixed.csv, in its order; docs/simulators.md says who behaves how. */
import type { ReasonCode, ResultWord } from '../../domain/outcome.ts';

export type ExpectedLine = {
  readonly id: string;
  readonly word: ResultWord;
  readonly code?: ReasonCode;
  /** What happens to it, in a few words. */
  readonly story: string;
};

export const paydayExpected: readonly ExpectedLine[] = [
  { id: 'teacher-01', word: 'SUCCESS', story: 'a comma in quotes' },
  { id: 'teacher-02', word: 'SUCCESS', story: 'paid' },
  { id: 'teacher-03', word: 'FAILURE', code: 422, story: 'the account is inactive' },
  { id: 'teacher-04', word: 'FAILURE', code: 404, story: 'no such account' },
  { id: 'teacher-05', word: 'SUCCESS', story: 'the bank paid and hung up: asked, not paid again' },
  { id: 'teacher-02', word: 'FAILURE', code: 400, story: 'the same id again' },
  { id: 'teacher-06', word: 'FAILURE', code: 400, story: 'an amount with a comma' },
  { id: 'adviser-01', word: 'SUCCESS', story: 'another currency' },
  { id: 'teacher-07', word: 'FAILURE', code: 422, story: 'above the limit' },
  { id: 'nurse-01', word: 'SUCCESS', story: 'commas and quotes in quotes' },
  { id: 'nurse-02', word: 'SUCCESS', story: 'late: pending for 3 s' },
  { id: 'nurse-03', word: 'FAILURE', code: 404, story: 'the payee is not known' },
  { id: 'nurse-04', word: 'SUCCESS', story: 'the scheme paid and hung up: asked, not paid again' },
  { id: 'nurse-05', word: 'FAILURE', code: 400, story: 'no such currency' },
  { id: 'nurse-06', word: 'FAILURE', code: 400, story: 'two mistakes in one row, both told' },
  { id: 'nurse-07', word: 'FAILURE', code: 422, story: 'the payee refused it' },
  { id: 'farmer-01', word: 'SUCCESS', story: 'paid' },
  { id: 'farmer-02', word: 'SUCCESS', story: 'late: pending for 3 s' },
  { id: 'farmer-03', word: 'FAILURE', code: 404, story: 'no such wallet' },
  { id: 'farmer-04', word: 'PENDING', story: 'no answer before the deadline' },
  { id: 'farmer-05', word: 'SUCCESS', story: 'busy twice, then paid' },
  { id: 'farmer-06', word: 'FAILURE', code: 400, story: 'no such payment mode' },
  { id: 'farmer-07', word: 'SUCCESS', story: 'the wallet paid and hung up: asked, not paid again' },
  { id: 'farmer-08', word: 'FAILURE', code: 422, story: 'taken, then refused' },
];

/** Columns that the row errors must name, by row. */
export const paydayRowErrors: Readonly<Record<number, readonly string[]>> = {
  6: ['id'],
  7: ['amount'],
  14: ['currency'],
  15: ['amount', 'payee_identifier'],
  22: ['payment_mode'],
};
