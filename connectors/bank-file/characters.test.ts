import fc from 'fast-check';
import { expect, test } from 'vitest';
import { latinOf } from './characters.ts';

test.for([
  ['José Núñez', 'Jose Nunez'],
  ['Łukasz Żółć', 'Lukasz Zolc'],
  ['Straße 5; "Büro"', "Strasse 5, 'Buro'"],
  ['Ngũgĩ wa Thiong’o', "Ngugi wa Thiong'o"],
  ['Ọlá & Ṣadé', 'Ola + Sade'],
  ['Kɔ́jó Ɖoɖo', 'Kojo Dodo'],
  ['pay_roll@gov.sl #12', 'pay-roll(at)gov.sl /12'],
  ['  two\t lines\r\nof it ', 'two lines of it'],
  ['Ørsted Ægir Þór', 'Orsted AEgir THor'],
  ['', ''],
] as const)('%s is carried as %s', ([text, latin]) => {
  expect(latinOf(text)).toBe(latin);
});

test.for(['محمد', 'Иванов', '王小明', 'thanks 🙏', 'fee: $5', 'a\u0000b', 'Jose\u200d'])(
  '%s cannot be carried',
  (text) => {
    expect(latinOf(text)).toBeUndefined();
  },
);

test('what is carried is in the set, stays as it is when carried again, and plain text is left alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const latin = latinOf(text);
      if (latin === undefined) return;
      expect(latin).toMatch(/^[a-zA-Z0-9/\-?:().,'+ ]*$/);
      expect(latinOf(latin)).toBe(latin);
    }),
  );
  fc.assert(fc.property(fc.stringMatching(/^[a-zA-Z0-9/\-?:().,'+]{1,70}$/), (text) => latinOf(text) === text));
});

test('no letter is lost: every letter with a mark becomes at least one letter', () => {
  for (let code = 0xc0; code < 0x250; code++) {
    const letter = String.fromCodePoint(code);
    const latin = latinOf(letter);
    if (latin !== undefined && /\p{L}/u.test(letter)) expect(latin, letter).toMatch(/^[a-zA-Z]+$/);
  }
});
