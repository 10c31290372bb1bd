import { expect, test } from 'vitest';
import { linesOf } from './csv-lines.ts';

test('line n is row n, whatever stands between its quotes', () => {
  const text = '\uFEFFid,note\r\n1,"two\nlines, ""said"" he"\r\n\r\n2,plain\n3,last';
  expect(linesOf(text)).toEqual(['id,note', '1,"two\nlines, ""said"" he"', '2,plain', '3,last']);
  expect(linesOf('')).toEqual([]);
});
