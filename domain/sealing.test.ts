import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTexts, sealTexts } from './sealing.ts';

const key = randomBytes(32);
const texts = fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { minLength: 1, maxLength: 40 });

test('what was sealed opens again, all of it, some of it or one, in any order', () => {
  fc.assert(
    fc.property(texts, fc.array(fc.nat(), { maxLength: 60 }), (all, picks) => {
      const sealed = sealTexts(key, all);
      expect(openTexts(key, sealed)).toEqual(all);
      const some = picks.map((pick) => pick % all.length);
      expect(
        openTexts(
          key,
          some.map((at) => sealed[at]!),
        ),
      ).toEqual(some.map((at) => all[at]!));
    }),
  );
});

test('texts of several calls open together', () => {
  const sealed = [
    ...sealTexts(key, ['a', 'b']),
    ...sealTexts(key, ['', 'd']),
    ...sealTexts(key, ['e'.repeat(9_000), 'f']),
  ];
  expect(openTexts(key, sealed)).toEqual(['a', 'b', '', 'd', 'e'.repeat(9_000), 'f']);
});

test('the same text never looks the same, and no two texts of a call share a keystream', () => {
  const zeros = '\0'.repeat(64);
  const sealed = [...sealTexts(key, [zeros, zeros]), ...sealTexts(key, [zeros])];
  const blocks = sealed.flatMap((bytes) => [16, 32, 48, 64].map((at) => bytes.toString('hex', at, at + 16)));
  expect(new Set(blocks).size).toBe(12);
});

test('without the key there is nothing of it', () => {
  const [sealed] = sealTexts(key, ['payee 8837461856 Test Payee']);
  expect(sealed!.toString('latin1')).not.toMatch(/8837461856|Payee/);
  expect(openTexts(randomBytes(32), [sealed!])[0]).not.toMatch(/8837461856|Payee/);
});
