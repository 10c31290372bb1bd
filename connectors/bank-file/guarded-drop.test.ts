import { expect, test } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import { ObjectMissing, type PutNew } from '../../platform/object-store.ts';
import type { Drop } from './client.ts';
import { guardDrop } from './guarded-drop.ts';

const { signal } = new AbortController();
const how = { signal, isLate: () => false };
const none = () => [];

function aDrop() {
  const at = { now: 0, calls: 0, failure: undefined as Error | undefined, put: { kind: 'written' } as PutNew };
  const answer = async () => {
    at.calls += 1;
    if (at.failure) throw at.failure;
    return true;
  };
  const put = async () => {
    at.calls += 1;
    return at.put;
  };
  const drop = { put, isThere: answer, reports: answer, read: answer, check: answer, keepsTaken: true, close() {} };
  return { at, drop: guardDrop(drop as unknown as Drop, { log: silentLog, now: () => at.now }) };
}

async function fail(drop: Drop, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) await drop.isThere('x', signal).catch(() => undefined);
}

test('a drop that fails ten times in a row is left alone, and nothing is sent meanwhile', async () => {
  const { at, drop } = aDrop();
  at.failure = new Error('ECONNREFUSED');
  await fail(drop, 10);
  expect(drop.circuit()).toBe('open');
  expect(await drop.put('x', none, how)).toEqual({ kind: 'notSent', text: 'the circuit is open' });
  await expect(drop.isThere('x', signal)).rejects.toThrow('the circuit is open');
  await expect(drop.reports(new Date(0), signal)).rejects.toThrow('the circuit is open');
  expect(at.calls).toBe(10);
});

test('after a while one call finds out, and opens the way for all', async () => {
  const { at, drop } = aDrop();
  at.failure = new Error('ECONNREFUSED');
  await fail(drop, 10);
  at.now = 5_000;
  await fail(drop, 1);
  expect(drop.circuit()).toBe('open');
  at.now = 10_000;
  at.failure = undefined;
  expect(await drop.put('x', none, how)).toEqual({ kind: 'written' });
  expect(drop.circuit()).toBe('closed');
});

test('answers that are lost count as failures; a file that is not there, a refusal and a caller who gives up do not', async () => {
  const { at, drop } = aDrop();
  const gone = AbortSignal.abort();
  at.failure = new ObjectMissing('gone');
  await fail(drop, 20);
  at.failure = new Error('aborted');
  for (let i = 0; i < 20; i += 1) await drop.isThere('x', gone).catch(() => undefined);
  at.put = { kind: 'notSent', text: 'AccessDenied', status: 403 };
  for (let i = 0; i < 20; i += 1) await drop.put('x', none, how);
  expect(drop.circuit()).toBe('closed');
  at.put = { kind: 'lost', text: 'time-out' };
  for (let i = 0; i < 10; i += 1) await drop.put('x', none, how);
  expect(drop.circuit()).toBe('open');
});
