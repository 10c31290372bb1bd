import { expect, test } from 'vitest';
import { silentLog } from '../platform/log.ts';
import type { StartEntry } from '../store/accept-transfer.ts';
import { createTransferStarter } from './start-transfer.ts';

const variables = { tenantId: 't', batchId: 'b', row: 1, rail: 'mojaloop', endToEndId: 'e' };
const anEntry = (id: string): StartEntry => ({ id, kind: 'start', process: 'transfer-mojaloop', variables });

function aStarter(start: () => Promise<{ processInstanceKey: string }>) {
  const noted: string[] = [];
  const outbox = {
    done: async (id: string) => void noted.push(`${id} done`),
    failed: async (id: string, error: string) => void noted.push(`${id} ${error}`),
  };
  const now = () => new Date();
  return { noted, starter: createTransferStarter({ zeebe: { start }, outbox, log: silentLog, now }) };
}

test('a start that Zeebe took is done, and one that it did not take is the outbox’s at once', async () => {
  let calls = 0;
  const { noted, starter } = aStarter(async () => {
    calls += 1;
    if (calls === 2) throw new Error('busy');
    return { processInstanceKey: '1' };
  });
  starter.start(anEntry('a'));
  starter.start(anEntry('b'));
  await starter.drain();
  expect(noted.sort()).toEqual(['a done', 'b Error: busy']);
});

test('while too many starts are under way the next ones are left to the outbox', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { noted, starter } = aStarter(async () => {
    await held;
    return { processInstanceKey: '1' };
  });
  let started = 0;
  while (starter.graceMs() > 0) {
    starter.start(anEntry(String(started)));
    started += 1;
  }
  expect(started).toBeGreaterThan(10);
  release();
  await starter.drain();
  expect(noted).toHaveLength(started);
  expect(starter.graceMs()).toBeGreaterThan(0);
});
