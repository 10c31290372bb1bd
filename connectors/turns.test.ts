import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when told; `began` has the names in the order in which they began. */
function aShift(atOnce = 1) {
  const turns = createTurns(atOnce);
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const take = (share: string, name: string, signal = never) =>
    turns.take(share, signal, () => {
      began.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    });
  return { take, began, ends };
}

test('the work of one share is done in the order it came, that of another beside it', async () => {
  const { take, began, ends } = aShift();
  const first = take('a', 'a1');
  void take('a', 'a2');
  void take('b', 'b1');
  await settled();
  expect(began).toEqual(['a1', 'b1']);
  ends.get('a1')!();
  await first;
  await settled();
  expect(began).toEqual(['a1', 'b1', 'a2']);
});

test('work whose signal fires while it waits is not begun, and those behind it are', async () => {
  const { take, began, ends } = aShift();
  const gone = new AbortController();
  const first = take('a', 'a1');
  const second = take('a', 'a2', gone.signal);
  void take('a', 'a3');
  gone.abort(new Error('taken away'));
  await expect(second).rejects.toThrow('taken away');
  ends.get('a1')!();
  await first;
  await settled();
  expect(began).toEqual(['a1', 'a3']);
});

test('work that fails gives its turn to the next', async () => {
  const turns = createTurns(1);
  await expect(turns.take('a', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(turns.take('a', never, async () => undefined)).resolves.toBeUndefined();
});
