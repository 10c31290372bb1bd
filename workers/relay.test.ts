import { expect, test } from 'vitest';
import { silentLog } from '../platform/log.ts';
import type { OutboxDoc, OutboxEntry } from '../store/documents.ts';
import { type RelayDeps, startRelay } from './relay.ts';

const variables = { tenantId: 't', batchId: 'b', row: 1, rail: 'mojaloop', endToEndId: 'e' };
const aStart: OutboxEntry = { kind: 'start', process: 'transfer-mojaloop', variables };

function aRelay({ attempts = new Map<number, never>() }: { attempts?: Map<number, never> } = {}) {
  const due: OutboxDoc[] = [];
  const said: string[] = [];
  let sweeps = 0;
  const deps: RelayDeps = {
    outbox: {
      take: async () => {
        sweeps += 1;
        return due.splice(0);
      },
      done: async (id: string) => void said.push(`${id} done`),
    } as never,
    zeebe: {
      publish: async () => undefined,
      start: async (process) => {
        said.push(`${process} started`);
        return { processInstanceKey: '1' };
      },
    },
    books: { outcomesOf: async () => new Map(), latestAttempts: async () => attempts },
    kafka: { send: async () => undefined },
    subBatches: { release: async () => 0 },
    webhook: async () => undefined,
    log: silentLog,
    now: () => new Date(),
    idleMs: 3_600_000,
  };
  const add = (id: string) =>
    due.push({ _id: id, tenantId: 't', entry: aStart, createdAt: new Date(), dueAt: new Date(), tries: 1 });
  return { relay: startRelay(deps), said, add, sweeps: () => sweeps };
}

test('what was added is delivered as soon as the relay is woken, however long it would have rested', async () => {
  const { relay, said, add, sweeps } = aRelay();
  // One for each place that things go to.
  await expect.poll(sweeps).toBe(3);
  add('one');
  relay.wake();
  await expect.poll(() => said).toEqual(['transfer-mojaloop started', 'one done']);
  add('two');
  relay.wake();
  await expect.poll(() => said.length).toBe(4);
  await relay.stop();
});

test('a payment that somebody has claimed is not started again', async () => {
  const { relay, said, add } = aRelay({ attempts: new Map([[1, undefined as never]]) });
  add('one');
  relay.wake();
  await expect.poll(() => said).toEqual(['one done']);
  await relay.stop();
});
