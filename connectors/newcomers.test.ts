import { expect, test } from 'vitest';
import { createLog } from '../platform/log.ts';
import { createNewcomers } from './newcomers.ts';

function aDoor() {
  const clock = { ms: 100_000 };
  const asked: Date[] = [];
  const door = { tenants: ['large'] as string[], isAway: false };
  const newcomers = createNewcomers({
    batches: {
      youngIn: async (since) => {
        asked.push(since);
        if (door.isAway) throw new Error('MongoDB is away');
        return door.tenants;
      },
    },
    log: createLog('test', 'error'),
    now: () => clock.ms,
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, asked, door, newcomers, settled };
}

const large = new Set(['large']);

test('others are seen a moment after they came, and are asked for now and then only', async () => {
  const { clock, asked, door, newcomers, settled } = aDoor();
  expect(newcomers.besides(large)).toBe(false);
  await settled();
  door.tenants = ['large', 'small'];
  expect(newcomers.besides(large)).toBe(false);
  clock.ms += 300;
  newcomers.besides(large);
  await settled();
  expect(newcomers.besides(large)).toBe(true);
  expect(newcomers.besides(new Set(['large', 'small']))).toBe(false);
  expect(asked.map((since) => since.getTime())).toEqual([40_000, 40_300]);
});

test('where it cannot be read, what was known is believed', async () => {
  const { clock, door, newcomers, settled } = aDoor();
  door.tenants = ['small'];
  newcomers.besides(large);
  await settled();
  door.isAway = true;
  clock.ms += 300;
  newcomers.besides(large);
  await settled();
  expect(newcomers.besides(large)).toBe(true);
});
