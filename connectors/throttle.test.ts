import { expect, test } from 'vitest';
import { createThrottle } from './throttle.ts';

class PushBack extends Error {}
const isPushBack = (error: unknown) => error instanceof PushBack;
const noSleep = async () => undefined;

test('starts go side by side up to the limit, which grows while they succeed and stays within its bounds', async () => {
  const throttle = createThrottle({ min: 2, max: 5, sleep: noSleep });
  let inside = 0;
  let most = 0;
  const start = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resume) => setImmediate(resume));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 200 }, () => throttle.run(start, isPushBack)));
  expect(most).toBeLessThanOrEqual(5);
  expect(throttle.limit()).toBe(5);
});

test('a push-back halves the limit and is tried again until it is taken', async () => {
  const throttle = createThrottle({ min: 1, max: 8, sleep: noSleep });
  for (let i = 0; i < 100; i += 1) await throttle.run(async () => undefined, isPushBack);
  const before = throttle.limit();
  let tries = 0;
  const made = await throttle.run(async () => {
    tries += 1;
    if (tries < 3) throw new PushBack();
    return 'started';
  }, isPushBack);
  expect([made, tries]).toEqual(['started', 3]);
  expect(throttle.limit()).toBeLessThan(before);
});

test('any other failure is the caller’s, and gives its place back', async () => {
  const throttle = createThrottle({ min: 1, max: 1, sleep: noSleep });
  await expect(throttle.run(() => Promise.reject(new Error('no such process')), isPushBack)).rejects.toThrow('no such');
  await expect(throttle.run(async () => 'next', isPushBack)).resolves.toBe('next');
});

test('starts of several shares go in turn, however many one of them has waiting', async () => {
  const throttle = createThrottle({ min: 1, max: 1, sleep: noSleep });
  const order: string[] = [];
  const start = (share: string) => throttle.run(async () => void order.push(share), isPushBack, { share });
  await Promise.all([
    ...Array.from({ length: 50 }, () => start('large')),
    ...Array.from({ length: 5 }, () => start('small')),
  ]);
  expect(order.lastIndexOf('small')).toBeLessThan(15);
});

test('jobs that wait longer than they should slow the starts down, once for those of one moment', async () => {
  let at = 0;
  const throttle = createThrottle({ min: 2, max: 64, sleep: noSleep, jobWaitMaxMs: 100, now: () => at });
  const start = async () => new Promise<void>((resume) => setImmediate(resume));
  await Promise.all(Array.from({ length: 2_000 }, () => throttle.run(start, isPushBack)));
  const before = throttle.limit();
  throttle.jobWaited(50);
  expect(throttle.limit()).toBe(before);
  throttle.jobWaited(150);
  throttle.jobWaited(150);
  const once = throttle.limit();
  expect(once).toBeLessThan(before * 0.75);
  expect(once).toBeGreaterThan(before * 0.6);
  at += 1_000;
  throttle.jobWaited(150);
  expect(throttle.limit()).toBeLessThan(once);
});

test('it tells when Zeebe begins to push back and when it takes everything again', async () => {
  const told: boolean[] = [];
  const throttle = createThrottle({ min: 1, max: 4, sleep: noSleep, onPushedBack: (is) => told.push(is) });
  let tries = 0;
  await throttle.run(async () => {
    tries += 1;
    if (tries === 1) throw new PushBack();
  }, isPushBack);
  expect(told).toEqual([true, false]);
});

test('what was started keeps its place until it is released, or nobody can be expected to', async () => {
  let at = 0;
  const throttle = createThrottle({ min: 2, max: 2, sleep: noSleep, now: () => at });
  const started: string[] = [];
  const start = (hold: string) => throttle.run(async () => void started.push(hold), isPushBack, { hold });
  await Promise.all([start('a'), start('b')]);
  const third = start('c');
  await Promise.resolve();
  expect(started).toEqual(['a', 'b']);
  throttle.release('a');
  await third;
  expect(started).toEqual(['a', 'b', 'c']);
  at = 100_000;
  await start('d');
  expect(started).toContain('d');
});

test('a start that fails holds no place', async () => {
  const throttle = createThrottle({ min: 1, max: 1, sleep: noSleep });
  const fails = () => throttle.run(() => Promise.reject(new Error('no such process')), isPushBack, { hold: 'a' });
  await expect(fails()).rejects.toThrow('no such');
  await expect(fails()).rejects.toThrow('no such');
});

test('who comes while another has taken all places gets their part at once', async () => {
  const throttle = createThrottle({ min: 4, max: 4, sleep: noSleep });
  const started: string[] = [];
  const start = (hold: string, share: string) =>
    throttle.run(async () => void started.push(hold), isPushBack, { hold, share });
  const large = Array.from({ length: 6 }, (_, n) => start(`large/${n}`, 'large'));
  await Promise.all(large.slice(0, 4));
  const small = Array.from({ length: 3 }, (_, n) => start(`small/${n}`, 'small'));
  await Promise.all(small.slice(0, 2));
  expect(started).toEqual(['large/0', 'large/1', 'large/2', 'large/3', 'small/0', 'small/1']);
  for (const hold of started.slice(0, 6)) throttle.release(hold);
  await Promise.all([...large, ...small]);
  expect(started.slice(6).sort()).toEqual(['large/4', 'large/5', 'small/2']);
});

test('one share alone may let jobs wait for longer than several may', async () => {
  let at = 0;
  const throttle = createThrottle({
    min: 2,
    max: 64,
    sleep: noSleep,
    jobWaitMaxMs: 100,
    jobWaitAloneMaxMs: 1_000,
    now: () => at,
  });
  const start = async () => new Promise<void>((resume) => setImmediate(resume));
  const some = (share: string) => throttle.run(start, isPushBack, { share });
  await Promise.all(Array.from({ length: 2_000 }, () => some('alone')));
  const before = throttle.limit();
  throttle.jobWaited(500);
  expect(throttle.limit()).toBe(before);
  await some('another');
  throttle.jobWaited(500);
  expect(throttle.limit()).toBeLessThan(before);
  at += 10_000;
  await some('alone');
  const alone = throttle.limit();
  throttle.jobWaited(500);
  expect(throttle.limit()).toBe(alone);
});

test('a share alone has a limit of its own, which counts again once it is alone again', async () => {
  let at = 0;
  const throttle = createThrottle({ min: 2, aloneMin: 8, max: 64, sleep: noSleep, now: () => at });
  const start = (hold: string, share: string) => throttle.run(async () => undefined, isPushBack, { hold, share });
  await Promise.all(Array.from({ length: 8 }, (_, n) => start(`large/${n}`, 'large')));
  expect(throttle.limit()).toBe(8);
  await start('small/0', 'small');
  expect(throttle.limit()).toBe(2);
  throttle.release('small/0');
  at += 10_000;
  expect(throttle.limit()).toBe(8);
});

test('who has work elsewhere in the hub counts before it comes here', async () => {
  let others = false;
  const throttle = createThrottle({
    min: 1,
    aloneMin: 4,
    max: 4,
    sleep: noSleep,
    hasOthers: (shares) => others && !shares.has('small'),
  });
  const started: string[] = [];
  const start = (hold: string, share: string) =>
    throttle.run(async () => void started.push(hold), isPushBack, { hold, share });
  await Promise.all([1, 2, 3].map((n) => start(`large/${n}`, 'large')));
  others = true;
  const waits = start('large/4', 'large');
  await Promise.resolve();
  expect(started).toHaveLength(3);
  for (const hold of [...started]) throttle.release(hold);
  await waits;
  expect(started).toContain('large/4');
});
