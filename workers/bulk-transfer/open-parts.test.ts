import { expect, test } from 'vitest';
import { createOpenParts, type OpenPart } from './open-parts.ts';

const limits = { largeChars: 10, largeMax: 2, smallCharsMax: 25 };
const aPart = (name: string): OpenPart => ({ name, chars: 0, held: [] });

/** Fills parts with lines of so many characters; answers what had to be finished, in order. */
function fill(lines: readonly (readonly [string, number])[]) {
  const parts = createOpenParts<OpenPart>(limits);
  const finished: string[] = [];
  for (const [name, chars] of lines) {
    if (!parts.get(name)) parts.start(aPart(name));
    parts.add(parts.get(name)!, 'x'.repeat(chars));
    for (let part = parts.overfull(); part; part = parts.overfull()) {
      parts.take(part);
      finished.push(`${part.name} ${part.chars}`);
    }
  }
  return { parts, finished };
}

test('few parts are never cut short, however large', () => {
  const { parts, finished } = fill([
    ['a', 100],
    ['b', 100],
    ['a', 100],
    ['c', 5],
  ]);
  expect(finished).toEqual([]);
  expect(parts.unwritten().map(({ name }) => name)).toEqual(['a', 'b']);
});

test('of too many large parts the largest goes, and of small ones that hold too much', () => {
  expect(
    fill([
      ['a', 10],
      ['b', 30],
      ['c', 10],
    ]).finished,
  ).toEqual(['b 30']);
  expect(
    fill([
      ['a', 8],
      ['b', 9],
      ['c', 7],
      ['d', 4],
    ]).finished,
  ).toEqual(['b 9']);
});

test('what is taken makes room: no part is finished that need not be', () => {
  const lines = Array.from({ length: 60 }, (_, i): [string, number] => [String(i % 6), 3]);
  const { parts, finished } = fill(lines);
  const whole = finished.reduce((sum, text) => sum + Number(text.split(' ')[1]), 0);
  expect(whole + parts.all().reduce((sum, { chars }) => sum + chars, 0), 'no line is lost').toBe(180);
  const sizes = finished.map((text) => Number(text.split(' ')[1]));
  expect(Math.min(...sizes), 'the largest goes, never one that was just begun').toBeGreaterThan(3);
  expect(fill(lines).finished).toEqual(finished);
});
