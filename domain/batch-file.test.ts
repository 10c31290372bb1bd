import { expect, test } from 'vitest';
import { checkHeader, describeHeader, optionalColumns, requiredColumns } from './batch-file.ts';

test('the ten columns are enough, in any order, and optional and rail columns may stand beside them', () => {
  expect(checkHeader(requiredColumns, [])).toBeUndefined();
  expect(checkHeader([...optionalColumns, ...requiredColumns].reverse(), [])).toBeUndefined();
  expect(checkHeader([...requiredColumns, 'wallet_grade'], ['wallet_grade'])).toBeUndefined();
});

test('a wrong header names what is missing, unknown and repeated', () => {
  const columns = ['id', 'id', 'request_id', 'Amount', ...requiredColumns.slice(2).filter((n) => n !== 'amount')];
  const problem = checkHeader(columns, []);
  expect(problem).toEqual({ missing: ['amount'], unknown: ['Amount'], repeated: ['id'] });
  expect(describeHeader(problem!)).toMatch(/missing column: amount; unknown column: Amount; repeated column: id\./);
  expect(describeHeader(checkHeader(['\u0000secret'.repeat(30)], [])!).length).toBeLessThan(400);
});
