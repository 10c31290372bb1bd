import { expect, test } from 'vitest';
import type { UnderWay } from '../store/sub-batches.ts';
import { createPauses, type PauseReason } from './pauses.ts';
import { createRoom } from './room.ts';

const never = new AbortController().signal;

function aRoom(inFlightMax: number, standing: Record<string, number>) {
  const tenants = new Map<string, UnderWay>();
  const set = (tenantId: string, inFlight: number) => tenants.set(tenantId, { inFlight, toStart: 1_000 });
  for (const [tenantId, inFlight] of Object.entries(standing)) set(tenantId, inFlight);
  let shutMs = 0;
  let closedMs = 0;
  const told: string[] = [];
  const pauses = createPauses({
    onBegin: (reason: PauseReason) => told.push(`begin ${reason}`),
    onEnd: (reason: PauseReason) => told.push(`end ${reason}`),
  });
  const room = createRoom({
    rail: 'r',
    subBatches: { underWay: async () => tenants },
    inFlightMax,
    outage: { pauseMs: () => shutMs },
    hours: () => closedMs,
    pauses,
    lookMs: 1,
  });
  return { room, set, told, shut: (ms: number) => (shutMs = ms), closeFor: (ms: number) => (closedMs = ms) };
}

test('alone, a tenant has the whole rail; with another, half of it', async () => {
  const alone = aRoom(1_000, { a: 900 });
  await alone.room.wait('a', 100, never);
  const { room, set, told } = aRoom(1_000, { a: 450, b: 0 });
  const waits = room.wait('a', 100, never);
  await room.wait('b', 100, never);
  expect(told).toEqual(['begin in-flight']);
  set('a', 400);
  await waits;
  expect(told).toEqual(['begin in-flight', 'end in-flight']);
});

test('whoever has nothing under way may begin, however many share the rail', async () => {
  const { room } = aRoom(10, { a: 10, b: 10, c: 0 });
  await room.wait('c', 100, never);
});

test('nothing is started while calls to the rail are cut off', async () => {
  const { room, shut, told } = aRoom(1_000, {});
  shut(500);
  const waits = room.wait('a', 100, never);
  await Promise.resolve();
  expect(told).toEqual(['begin circuit']);
  shut(0);
  await waits;
  expect(told).toEqual(['begin circuit', 'end circuit']);
});

test('a wait ends with its signal, and its pause with it', async () => {
  const { room, told } = aRoom(100, { a: 100 });
  const stop = new AbortController();
  const waits = room.wait('a', 100, stop.signal);
  stop.abort(new Error('taken away'));
  await expect(waits).rejects.toThrow();
  expect(told.filter((word) => word.startsWith('begin'))).toHaveLength(
    told.filter((word) => word.startsWith('end')).length,
  );
});

test('a rail that is closed at this hour is given nothing until it opens, and nobody waits who does not want to', async () => {
  const { room, told, closeFor } = aRoom(1_000, {});
  closeFor(60_000);
  let isThrough = 0;
  const { signal } = new AbortController();
  const waiting = Promise.all([
    room.wait('a', 10, signal).then(() => (isThrough += 1)),
    room.opened(async () => true, signal).then(() => (isThrough += 1)),
  ]);
  await room.opened(async () => false, signal);
  expect([isThrough, told]).toEqual([0, ['begin closed']]);
  closeFor(0);
  await waiting;
  expect(told).toEqual(['begin closed', 'end closed']);
});
