import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKnownRows, type Hash64 } from './known-rows.ts';

const good: Hash64 | undefined = undefined;
/** So bad that texts of one length collide in all 64 bits. */
const bad: Hash64 = (text) => [7, text.length % 2];

test.each([
  ['a good hash', good],
  ['a hash that collides', bad],
])('answers as a Map does, with %s', (_, hash) => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }), (texts) => {
      const known = createKnownRows(hash);
      const map = new Map<string, number>();
      for (const [row, text] of texts.entries()) {
        expect(known.seen(text, row, (earlier) => texts[earlier]!)).toBe(map.get(text));
        if (!map.has(text)) map.set(text, row);
      }
      expect(known.size).toBe(map.size);
    }),
  );
});

test('grows to many rows and finds each again', () => {
  const known = createKnownRows();
  const rows = 200_000;
  for (let row = 0; row < rows; row++) known.add(`id-${row}`, row);
  for (let row = 0; row < rows; row += 997) expect(known.candidates(`id-${row}`)).toEqual([row]);
  expect(known.candidates('id-x')).toEqual([]);
});
