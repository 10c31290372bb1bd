/** The Latin set that banks carry (a-z A-Z 0-9 / - ? : ( ) . , ' + and space), and what other letters become in it. EPC217-08. */

/** What Unicode does not take apart into a letter and its marks. */
const replacements: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'SS',
  Æ: 'AE',
  æ: 'ae',
  Œ: 'OE',
  œ: 'oe',
  Ø: 'O',
  ø: 'o',
  Đ: 'D',
  đ: 'd',
  Ð: 'D',
  ð: 'd',
  Þ: 'TH',
  þ: 'th',
  Ł: 'L',
  ł: 'l',
  Ħ: 'H',
  ħ: 'h',
  ı: 'i',
  Ŋ: 'N',
  ŋ: 'n',
  Ɛ: 'E',
  ɛ: 'e',
  Ɔ: 'O',
  ɔ: 'o',
  Ɖ: 'D',
  ɖ: 'd',
  Ɓ: 'B',
  ɓ: 'b',
  Ɗ: 'D',
  ɗ: 'd',
  Ƙ: 'K',
  ƙ: 'k',
  Ə: 'E',
  ə: 'e',
  Ƴ: 'Y',
  ƴ: 'y',
  '&': '+',
  '@': '(at)',
  '"': "'",
  '‘': "'",
  '’': "'",
  ʼ: "'",
  '`': "'",
  '´': "'",
  '“': "'",
  '”': "'",
  '«': "'",
  '»': "'",
  '–': '-',
  '—': '-',
  '‐': '-',
  '‑': '-',
  _: '-',
  '~': '-',
  '=': '-',
  ';': ',',
  '!': '.',
  '…': '...',
  '#': '/',
  '\\': '/',
  '|': '/',
  '[': '(',
  ']': ')',
  '{': '(',
  '}': ')',
  '<': '(',
  '>': ')',
  '*': '.',
  '%': ' pct',
  '№': 'No',
  º: 'o',
  ª: 'a',
  '€': 'EUR',
};

const carried = /^[a-zA-Z0-9/\-?:().,'+ ]$/;

/** The text in the Latin set with its letters kept, single spaces; undefined where a letter has no likeness there. */
export function latinOf(text: string): string | undefined {
  let latin = '';
  // A letter and the marks after it, also those that Unicode has no one character for.
  for (const [letter] of text.normalize('NFC').matchAll(/\P{M}\p{M}*|\p{M}/gu)) {
    const likeness = likenessOf(letter);
    if (likeness === undefined) return undefined;
    latin += likeness;
  }
  return latin.replace(/ +/g, ' ').trim();
}

function likenessOf(letter: string): string | undefined {
  if (carried.test(letter)) return letter;
  if (/^\s$/u.test(letter)) return ' ';
  const known = replacements[letter];
  if (known !== undefined) return known;
  // A letter with marks is the letter: é is e, Ṣ is S. Marks without a letter of ours are not taken away.
  const [base = '', ...marks] = letter.normalize('NFD');
  if (marks.length === 0 || !marks.every((mark) => /^\p{M}$/u.test(mark))) return undefined;
  return carried.test(base) ? base : replacements[base];
}
