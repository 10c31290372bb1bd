import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameLikeness } from './name-match.ts';

test.each([
  ['Fatmata Kamara', 'KAMARA, Fatmata', 100],
  ['José Núñez', 'jose nunez', 100],
  ['Mrs. Fatmata Kamara', 'Fatmata B. Kamara', 100],
  ['F. Kamara', 'Fatmata Kamara', 95],
  ['Fatmata Kamara', 'Fatmata Camara', 92],
])('%s and %s are one person', (a, b, likeness) => {
  expect(nameLikeness(a, b)).toBe(likeness);
});

test.each([
  ['Fatmata Kamara', 'Ibrahim Sesay'],
  ['Fatmata Kamara', 'Kamara'],
  ['Kamara', ''],
  ['', ''],
  ['Fatmata Kamara', 'Ibrahim Kamara'],
])('%s and %s may be two', (a, b) => {
  expect(nameLikeness(a, b)).toBeLessThan(80);
});

test('a name is like itself, and no more than that, from both sides alike', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const [there, back] = [nameLikeness(a, b), nameLikeness(b, a)];
      expect(there).toBeGreaterThanOrEqual(0);
      expect(there).toBeLessThanOrEqual(100);
      if (/\p{L}{4}/u.test(a) && /^[A-Za-z ]+$/.test(a)) expect(nameLikeness(a, a)).toBe(100);
      if (a.trim() === b.trim()) expect(there).toBe(back);
    }),
  );
});
