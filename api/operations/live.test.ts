import { expect, test, vi } from 'vitest';
import type { Change, ChangeListener } from '../../store/changes.ts';
import { createLive, type LiveEvent, type LiveOptions } from './live.ts';

/** A change of this batch of the tenant. */
function aChange(batch: string, tenantId = 'a'): Change {
  return { tenantId, kind: 'batch', key: `batch/${batch}`, data: { batch_id: batch } };
}

function aLive(options: Partial<LiveOptions> = {}) {
  let listener: ChangeListener | undefined;
  const watch = vi.fn((to: ChangeListener) => {
    listener = to;
    return { close: async () => undefined };
  });
  const live = createLive({ watch, describe: async () => new Map(), everyMs: 1, ...options });
  return { live, watch, change: (change: Change) => listener!.onChange(change), gap: () => listener!.onGap() };
}

function aReader(
  live: ReturnType<typeof createLive>,
  about: { tenantId?: string; person?: string; last?: string } = {},
) {
  const { tenantId = 'a', person = 'olga', last } = about;
  const events: LiveEvent[] = [];
  const ends: string[] = [];
  let takesMore = true;
  const reader = {
    tenantId,
    person,
    write: (event: LiveEvent) => {
      events.push(event);
      return takesMore;
    },
    end: (why: string) => void ends.push(why),
  };
  const seat = live.subscribe(reader, last);
  return {
    seat,
    events,
    ends,
    fill: () => {
      takesMore = false;
    },
    drain: () => {
      takesMore = true;
      if (typeof seat === 'object') seat.onDrain();
    },
    batches: () => events.map(({ data }) => (data as { batch_id?: string }).batch_id),
    kinds: () => events.map(({ kind }) => kind),
  };
}

test('nothing is followed any more a while after the last reader has left, and anew for the next', async () => {
  let closed = 0;
  const watch = vi.fn(() => ({
    close: async () => {
      closed += 1;
    },
  }));
  const { live } = aLive({ watch, idleAfterMs: 1 });
  const { seat } = aReader(live);
  (seat as { close(): void }).close();
  await vi.waitUntil(() => closed === 1);
  aReader(live);
  expect(watch).toHaveBeenCalledTimes(2);
});

test('changes are told to their tenant alone, and several of one thing as one', async () => {
  const { live, change } = aLive({ everyMs: 20 });
  const [mine, others] = [aReader(live), aReader(live, { tenantId: 'b' })];
  for (let i = 0; i < 5; i += 1) change(aChange('x'));
  change(aChange('y', 'b'));
  change({ kind: 'rail', key: 'rail/gsma', data: { rail: 'gsma' } });
  await vi.waitUntil(() => mine.events.length >= 2 && others.events.length >= 2);
  expect(mine.batches()).toEqual(['x', undefined]);
  expect(others.batches()).toEqual(['y', undefined]);
});

test('nothing is followed before somebody looks', () => {
  const { live, watch } = aLive();
  expect(watch).not.toHaveBeenCalled();
  aReader(live);
  aReader(live);
  expect(watch).toHaveBeenCalledOnce();
});

test('who comes back hears what was missed, and who missed too much is told to look anew', async () => {
  const { live, change } = aLive({ rememberedMax: 2 });
  const first = aReader(live);
  for (const name of ['x', 'y', 'z']) {
    change(aChange(name));
    await vi.waitUntil(() => first.batches().includes(name));
  }
  const [x, y] = first.events.map(({ id }) => id);
  expect(aReader(live, { last: y }).batches()).toEqual(['z']);
  expect(aReader(live, { last: y, tenantId: 'b' }).events).toEqual([]);
  expect(aReader(live, { last: x }).batches()).toEqual(['y', 'z']);
  change(aChange('v'));
  await vi.waitUntil(() => first.batches().includes('v'));
  expect(aReader(live, { last: x }).kinds()).toEqual(['refresh']);
  expect(aReader(live, { last: 'another-process' }).kinds()).toEqual(['refresh']);
});

test('a slow reader hears the last of each thing once it can, and a very slow one that it has to look anew', async () => {
  const { live, change } = aLive();
  const [slow, quick] = [aReader(live), aReader(live)];
  slow.fill();
  const say = async (name: string) => {
    change(aChange(name));
    await vi.waitUntil(() => quick.batches().at(-1) === name);
  };
  for (const name of ['a', 'b', 'c', 'b']) await say(name);
  expect(slow.batches()).toEqual(['a']);
  slow.drain();
  expect(slow.batches()).toEqual(['a', 'c', 'b']);
  slow.fill();
  await say('d');
  for (let i = 0; i < 250; i += 1) change(aChange(`many-${i}`));
  await vi.waitUntil(() => quick.events.length >= 255);
  slow.drain();
  expect(slow.kinds().at(-1)).toBe('refresh');
  await say('e');
  expect(slow.batches().at(-1)).toBe('e');
});

test('a gap in what is followed has everybody look anew', async () => {
  const { live, gap } = aLive();
  const reader = aReader(live);
  gap();
  expect(reader.kinds()).toEqual(['refresh']);
});

test('a person has so many streams, and a process', () => {
  const { live } = aLive({ readersMax: 3, readersOfPersonMax: 2 });
  const first = aReader(live);
  aReader(live);
  expect(aReader(live).seat).toBe('person');
  aReader(live, { tenantId: 'b' });
  expect(aReader(live, { person: 'paul' }).seat).toBe('process');
  (first.seat as { close(): void }).close();
  expect(typeof aReader(live).seat).toBe('object');
});

test('whoever stops says goodbye', async () => {
  const { live } = aLive();
  const reader = aReader(live);
  await live.close();
  expect(reader.ends).toEqual(['the server stops']);
});
