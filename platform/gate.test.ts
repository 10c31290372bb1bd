import { expect, test } from 'vitest';
import { createGate, type Turn } from './gate.ts';
import { currentShare, onBehalfOf } from './share.ts';

const options = { concurrency: 1, ratePerSecond: 1_000_000, queueMax: 1_000, now: () => performance.now() };
const withinMs = 60_000;

function leave(turn: Turn): void {
  if (turn.kind !== 'in') throw new Error(turn.text);
  turn.leave();
}

test('a tenant with a hundred calls waiting has every second turn while another has any', async () => {
  const gate = createGate(options);
  const order: string[] = [];
  const call = async (share: string) => {
    const turn = await gate.enter({ withinMs, share });
    order.push(share);
    await Promise.resolve();
    leave(turn);
  };
  const calls = [
    ...Array.from({ length: 100 }, () => call('large')),
    ...Array.from({ length: 5 }, () => call('small')),
  ];
  expect(gate.load()).toEqual({ inside: 1, waiting: 104 });
  await Promise.all(calls);
  expect(order.lastIndexOf('small')).toBeLessThan(12);
  expect(gate.load()).toEqual({ inside: 0, waiting: 0 });
});

test('a call that gives up leaves the queue, and the next has its turn', async () => {
  const gate = createGate(options);
  const first = await gate.enter({ withinMs });
  const stop = new AbortController();
  const second = gate.enter({ withinMs, signal: stop.signal });
  const third = gate.enter({ withinMs });
  stop.abort();
  expect(await second).toEqual({ kind: 'refused', text: 'given up by the caller' });
  leave(first);
  leave(await third);
});

test('on whose behalf code runs is known in all that it brings about, and nowhere else', async () => {
  const seen = onBehalfOf('a', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return currentShare();
  });
  expect(currentShare()).toBe('');
  expect(await seen).toBe('a');
});
