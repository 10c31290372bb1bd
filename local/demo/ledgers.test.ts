import { expect, test } from 'vitest';
import type { LedgerEntry } from '../../connectors/simulator.ts';
import { ledgerProblems } from './ledgers.ts';
import type { Sample } from './sample.ts';

test('books that agree with the result file have no problems', () => {
  expect(problemsOf('SUCCESS', { slcb: anEntry() })).toEqual([]);
  expect(problemsOf('FAILURE', {})).toEqual([]);
  expect(problemsOf('FAILURE', { slcb: anEntry({ executed: 0, state: 'rejected' }) })).toEqual([]);
  expect(problemsOf('PENDING', { slcb: anEntry({ executed: 0, state: 'pending' }) })).toEqual([]);
});

test('what was carried out twice, never, in spite of a refusal, or on another rail is told', () => {
  const told = (what: string) => [`row 1, ada: ${what}`];
  expect(problemsOf('SUCCESS', { slcb: anEntry({ executed: 2 }) })).toEqual(
    told('slcb carried it out 2 times, the result file says SUCCESS'),
  );
  expect(problemsOf('SUCCESS', {})).toEqual(told('slcb carried it out never, the result file says SUCCESS'));
  expect(problemsOf('PENDING', { slcb: anEntry() })).toEqual(
    told('slcb carried it out once, the result file says PENDING'),
  );
  expect(problemsOf('SUCCESS', { slcb: anEntry(), gsma: anEntry() })).toEqual(
    told('gsma carried it out once, the result file says SUCCESS'),
  );
});

test('another amount or another payee than asked for is told', () => {
  expect(problemsOf('SUCCESS', { slcb: anEntry({ amount: '8.51' }) })).toEqual([
    'row 1, ada: slcb paid 8.51, asked were 8.50 USD',
  ]);
  expect(problemsOf('SUCCESS', { slcb: anEntry({ payee: 'eve' }) })).toEqual(['row 1, ada: slcb paid another payee']);
});

test('a row that the detail does not show is told', () => {
  const result = [{ word: 'SUCCESS', code: '', description: '', isOwnText: true }];
  expect(ledgerProblems(sample, result, [], new Map())).toEqual(["row 1, ada: the batch's detail does not show it"]);
});

function problemsOf(word: string, entries: Readonly<Record<'slcb' | 'gsma' | string, LedgerEntry>>): string[] {
  const ledgers = new Map(
    ['slcb', 'gsma'].map((rail) => [rail, new Map(entries[rail] ? [['e2e', entries[rail]]] : [])]),
  );
  const transfers = [{ id: 1, transactionId: 'e2e', status: 'COMPLETED' as const }];
  return ledgerProblems(sample, [{ word, code: '', description: '', isOwnText: true }], transfers, ledgers);
}

function anEntry(like: Partial<LedgerEntry> = {}): LedgerEntry {
  return { id: 'e2e', executed: 1, state: 'completed', amount: '8.5', currency: '', payer: 'm', payee: 'p', ...like };
}

const sample: Sample = {
  fileName: 'one.csv',
  file: Buffer.from(''),
  rows: [
    {
      row: 1,
      id: 'ada',
      mode: 'slcb',
      rail: 'slcb',
      payee: 'p',
      amountText: '8.5',
      currency: 'USD',
      money: { minor: 850n, currency: 'USD' },
      raw: '',
    },
  ],
};
