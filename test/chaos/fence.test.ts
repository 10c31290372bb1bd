/** The fences: a sender that sleeps longer than its lease, as one that was stopped does, sends nothing when it wakes. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { RailDeps } from '../../connectors/deps.ts';
import { payPayment } from '../../connectors/pay-payment.ts';
import { paySubBatch } from '../../connectors/pay-sub-batch.ts';
import { endToEndIdOf, rowKeyBytes } from '../../domain/ids.ts';
import { Later } from '../../platform/job.ts';
import { silentLog } from '../../platform/log.ts';
import type { Job } from '../../platform/zeebe.ts';

const batchId = 'a3bb189e-8bf9-4b0c-9d1e-3c1f6f6f0b11';
const leaseMs = 8_000;
const rows = [1, 2, 3];

/** Where the sender is stopped: once its claim is written, or once its message's rows are fixed too. */
type Place = 'claim' | 'fixMessage';

const aSleep = fc.oneof(fc.integer({ min: 0, max: 3 * leaseMs }), fc.constantFrom(leaseMs - 1, leaseMs, leaseMs + 1));

test('a sender of single payments sends within its lease, and not a moment later', async () => {
  await fc.assert(
    fc.asyncProperty(aSleep, async (sleepMs) => {
      const { deps, sent } = aSender('claim', sleepMs);
      const end = await payPayment(deps)
        .handle(aJob({ tenantId: 't', batchId, subBatchId: `${batchId}-1`, row: 1 }))
        .catch((error: unknown) => error);
      expect(sent.mock.calls.length).toBe(sleepMs < leaseMs ? 1 : 0);
      if (sleepMs >= leaseMs) expect(end, 'it comes again, and costs no retry').toBeInstanceOf(Later);
    }),
  );
});

test.each(['claim', 'fixMessage'] as const)(
  'a sender of sub-batches stopped after %s sends within its lease, and not a moment later',
  async (place) => {
    await fc.assert(
      fc.asyncProperty(aSleep, async (sleepMs) => {
        const { deps, sent } = aSender(place, sleepMs);
        const state = await paySubBatch(deps).handle(aJob({ tenantId: 't', batchId, subBatchId: `${batchId}-1` }));
        expect(sent.mock.calls.length).toBe(sleepMs < leaseMs ? 1 : 0);
        expect(state).toMatchObject({ open: sleepMs < leaseMs ? 0 : rows.length });
      }),
    );
  },
);

/** The jobs' own code over books in memory, and a clock that leaps by `sleepMs` at the place. */
function aSender(place: Place, sleepMs: number) {
  let at = 1_000_000;
  const now = () => new Date(at);
  const sleepAt = (here: Place) => {
    if (here === place) at += sleepMs;
  };
  const sent = vi.fn();
  const books = {
    payment: async (_: string, row: number) => ({
      _id: rowKeyBytes(batchId, row),
      ...aPayee(row),
      tenantId: 't',
      id: String(row),
      requestId: '',
      mode: 'slcb',
      rail: 'slcb',
      amount: '1.00',
      minor: 100n,
      currency: 'USD',
      note: '',
    }),
    outcomesOf: async () => new Map(),
    latestAttempts: async () => new Map(),
    messagesOf: async () => [],
    note: async () => undefined,
    settle: async () => [],
    async claim(_tenant: string, _batch: string, claims: readonly { row: number }[], how: { leaseMs: number }) {
      const until = new Date(at + how.leaseMs);
      sleepAt('claim');
      return { rows: claims.map(({ row }) => row), at: now(), until };
    },
    async fixMessage() {
      sleepAt('fixMessage');
      return true;
    },
  };
  const rail = {
    send: async (payment: unknown) => {
      sent(payment);
      return { kind: 'completed' };
    },
    sendBatch: async (payments: readonly unknown[]) => {
      sent(payments);
      return payments.map(() => ({ kind: 'completed' }));
    },
  };
  const sub = {
    _id: `${batchId}-1`,
    tenantId: 't',
    batchId,
    rail: 'slcb',
    key: 'k',
    status: 'dispatched',
    createdAt: now(),
  };
  const deps = {
    definition: { id: 'slcb', limits: { timeoutMs: 4_000, maxBatch: 1_000, concurrency: 1 } },
    rail,
    books,
    batches: { holdOf: async () => undefined },
    payerBlocks: { of: async () => undefined },
    railHolds: { of: async () => undefined },
    unknowns: { note: async () => undefined, forget: async () => undefined },
    subBatches: { get: async () => sub, sent: async () => undefined },
    waits: { ready: () => undefined, taken: () => undefined, through: () => undefined },
    outage: { pauseMs: () => 0 },
    hours: () => 0,
    objects: { get: async () => Readable.from([rows.map(aLine).join('')]) },
    leaseMs,
    log: silentLog,
    now,
  };
  return { deps: deps as unknown as RailDeps, sent };
}

function aLine(row: number): string {
  const line = { ...aPayee(row), row, endToEndId: endToEndIdOf(batchId, row), amount: '1.00', currency: 'USD' };
  return `${JSON.stringify({ ...line, note: '', clientId: '', requestId: '', extra: {} })}\n`;
}

function aPayee(row: number) {
  return { payer: { type: 'accountNumber', id: '1234567890' }, payee: { type: 'accountNumber', id: `99887766${row}` } };
}

function aJob(variables: Record<string, unknown>): Job {
  const rest = { key: '1', type: 'pay-slcb', elementId: 'Task_Pay', processInstanceKey: '2', retries: 3, headers: {} };
  return { ...rest, variables, signal: new AbortController().signal };
}
