import { expect, test } from 'vitest';
import { silentLog } from '../platform/log.ts';
import type { OutboxDoc, OutboxEntry } from '../store/documents.ts';
import type { DueFilter } from '../store/outbox.ts';
import { type RelayDeps, startRelay } from './relay.ts';

const variables = { tenantId: 't', batchId: 'b', row: 1, rail: 'mojaloop', endToEndId: 'e' };
const aStart: OutboxEntry = { kind: 'start', process: 'transfer-mojaloop', variables };

type Like = { readonly attempts?: Map<number, never>; readonly webhook?: () => Promise<void> };

function aRelay({ attempts = new Map<number, never>(), webhook = async () => undefined }: Like = {}) {
  const due: OutboxDoc[] = [];
  const said: string[] = [];
  let sweeps = 0;
  const deps: RelayDeps = {
    outbox: {
      take: async (max: number, { kinds }: DueFilter) => {
        sweeps += 1;
        const isOf = ({ entry: { kind } }: OutboxDoc) =>
          kinds === undefined || ('$in' in kinds ? kinds.$in.includes(kind) : !kinds.$nin.includes(kind));
        const taken = due.filter(isOf).slice(0, max);
        for (const doc of taken) due.splice(due.indexOf(doc), 1);
        return taken;
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
    subBatches: { release: async () => 0, count: async () => undefined },
    webhook,
    log: silentLog,
    now: () => new Date(),
    idleMs: 3_600_000,
  };
  const add = (id: string, entry = aStart) =>
    due.push({ _id: id, tenantId: 't', entry, createdAt: new Date(), dueAt: new Date(), tries: 1 });
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

test('webhooks that hang hold up nothing that goes elsewhere', async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { relay, said, add } = aRelay({ webhook: () => answered });
  const entry: OutboxEntry = { kind: 'webhook', url: '', event: '', eventId: '', body: '', until: new Date() };
  for (let i = 0; i < 200; i += 1) add(`webhook ${i}`, entry);
  relay.wake();
  add('one');
  relay.wake();
  await expect.poll(() => said).toEqual(['transfer-mojaloop started', 'one done']);
  answer();
  await relay.stop();
});
