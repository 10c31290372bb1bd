import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  callbackToken,
  childBatchIdOf,
  endToEndIdOf,
  isUuid,
  parseSubBatchId,
  readCallbackToken,
  subBatchIdOf,
  uuidOf,
} from './ids.ts';

const row = fc.integer({ min: 0, max: 0xffffffff });

test('the same batch and row always make the same endToEndId, others another', () => {
  fc.assert(
    fc.property(fc.uuid(), row, row, (batch, a, b) => {
      expect(endToEndIdOf(batch, a)).toBe(endToEndIdOf(batch, a));
      expect(endToEndIdOf(batch, a) === endToEndIdOf(batch, b)).toBe(a === b);
      expect(endToEndIdOf(batch, a)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});

test('a callback token names its payment to whoever has the secret, and nobody else makes one', () => {
  fc.assert(
    fc.property(fc.uuid(), row, fc.string(), (batchId, at, noise) => {
      const token = callbackToken('secret', batchId, at);
      expect(readCallbackToken('secret', token)).toEqual({ batchId, row: at });
      expect(readCallbackToken('other', token)).toBeUndefined();
      expect(readCallbackToken('secret', noise)).toBeUndefined();
      const changed = (token[0] === 'A' ? 'Q' : 'A') + token.slice(1);
      expect(readCallbackToken('secret', changed)).toBeUndefined();
    }),
  );
});

test('a sub-batch id says which batch and which part', () => {
  const batchId = uuidOf('batch');
  expect(isUuid(batchId)).toBe(true);
  expect(parseSubBatchId(subBatchIdOf(batchId, 12))).toEqual({ batchId, n: 12 });
});

test('each retry of a batch makes a child of its own, and the same one after any replay', () => {
  const parent = uuidOf('batch');
  expect(childBatchIdOf(parent, 1)).toBe(childBatchIdOf(parent, 1));
  const ids = [1, 2, 11].map((k) => childBatchIdOf(parent, k));
  expect(new Set([...ids, childBatchIdOf(uuidOf('other'), 1), parent]).size).toBe(5);
  expect(ids.every(isUuid)).toBe(true);
});
