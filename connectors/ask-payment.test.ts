/** What asking about one payment leads to: the state for its model, and what the books get. */
import { expect, test } from 'vitest';
import { rowKeyBytes, uuidOf } from '../domain/ids.ts';
import { silentLog } from '../platform/log.ts';
import type { Job } from '../platform/zeebe.ts';
import { askPayment } from './ask-payment.ts';
import type { RailDeps } from './deps.ts';
import type { Answer } from './rail.ts';

const batchId = uuidOf('batch');
const job = {
  variables: { tenantId: 't', batchId, row: 1 },
  signal: new AbortController().signal,
} as unknown as Job;

async function asked(answer: Answer) {
  const noted: { readonly answer?: string }[] = [];
  const blocked: string[] = [];
  const payment = {
    ...{ _id: rowKeyBytes(batchId, 1), tenantId: 't', id: '1', requestId: '', mode: 'gsma', rail: 'gsma' },
    ...{ amount: '1.00', minor: 100n, currency: 'USD', note: '' },
    payer: { type: 'accountNumber', id: '0030010402' },
    payee: { type: 'msisdn', id: '23276123456' },
  };
  const attempt = { n: 1, owner: 'x', at: new Date(0), until: new Date(1) };
  const deps = {
    definition: { id: 'gsma', limits: { timeoutMs: 1_000 }, neverReceivedAfterMs: 1_000 },
    rail: { query: async () => answer },
    books: {
      payment: async () => payment,
      outcomesOf: async () => new Map(),
      latestAttempts: async () => new Map([[1, attempt]]),
      proofOf: async () => ({ unsent: false, ended: true }),
      note: async (docs: readonly { readonly answer?: string }[]) => void noted.push(...docs),
      settle: async () => [],
    },
    unknowns: { forget: async () => undefined, note: async () => undefined, found: async () => undefined },
    payerBlocks: { add: async (_: unknown, text: string) => blocked.push(text) },
    waits: { ready: () => undefined, taken: () => undefined, through: () => undefined },
    outage: { pauseMs: () => 0 },
    ...{ log: silentLog, now: () => new Date(60_000) },
  } as unknown as RailDeps;
  const state = await askPayment(deps).handle(job);
  return { state, noted, blocked };
}

test('a payer without funds is blocked, and the payment is proven not to have been taken', async () => {
  const { state, noted, blocked } = await asked({ kind: 'payerBlocked', railCode: '4001', text: 'no liquidity' });
  expect(state).toEqual({ state: 'unsent', waitFor: 'PT5S' });
  expect(noted.at(-1)).toMatchObject({ answer: 'payerBlocked' });
  expect(blocked).toEqual(['no liquidity']);
});

test.each<[Answer, string]>([
  [{ kind: 'completed' }, 'final'],
  [{ kind: 'accepted' }, 'pending'],
  [{ kind: 'unknown', text: 'HTML' }, 'pending'],
  [{ kind: 'neverReceived', text: 'no trace' }, 'unsent'],
])('%j makes it %s', async (answer, word) => {
  const { state, blocked } = await asked(answer);
  expect(state).toMatchObject({ state: word });
  expect(blocked).toEqual([]);
});
