/** A client who never gives up: repeats a POST with the same key until it is accepted, whatever dies meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AskedRow } from './checker.ts';
import type { PlannedBatch, PlannedRow } from './schedule.ts';

export const tenantId = 'chaos';

const header =
  'id,request_id,payment_mode,payer_identifier_type,payer_identifier,payee_identifier_type,payee_identifier,amount,currency,note';
const payeeTypes = { slcb: 'accountNumber', mojaloop: 'mosip', gsma: 'msisdn' } as const;

export function fileOf(rows: readonly PlannedRow[]): { readonly text: string; readonly asked: readonly AskedRow[] } {
  const asked = rows.map(({ rail, payer, payee, amount, fate }, at): AskedRow => {
    const cells = [
      at + 1,
      `r-${at + 1}`,
      rail,
      'accountNumber',
      payer,
      payeeTypes[rail],
      payee,
      amount,
      'USD',
      'Chaos',
    ];
    return { row: at + 1, rail, payee, amount, currency: 'USD', fate, line: cells.join(',') };
  });
  return { text: `${[header, ...asked.map(({ line }) => line)].join('\n')}\n`, asked };
}

export type HubClient = ReturnType<typeof createHubClient>;

export function createHubClient(baseUrl: string, deadlineMs = 180_000) {
  async function call(path: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
    const headers = { 'Platform-TenantId': tenantId, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${baseUrl}${path}`, { ...init, headers, signal: AbortSignal.timeout(15_000) });
    return { status: response.status, text: await response.text() };
  }

  async function persistently(what: string, ask: () => Promise<string | undefined>): Promise<string> {
    const until = Date.now() + deadlineMs;
    let last: unknown;
    while (Date.now() < until) {
      try {
        const answer = await ask();
        if (answer !== undefined) return answer;
      } catch (error) {
        last = error;
      }
      await sleep(500);
    }
    throw new Error(`${what} did not work within ${deadlineMs / 1000} s`, { cause: last });
  }

  return {
    /** Posts until accepted; answers the batch's id. */
    accepted(batch: PlannedBatch, text: string): Promise<string> {
      return persistently(`POST ${batch.key}`, async () => {
        const form = new FormData();
        form.set('data', new Blob([text]), `${batch.key}.csv`);
        form.set('options', JSON.stringify(batch.switches));
        const headers = { 'Idempotency-Key': batch.key, 'X-CorrelationID': batch.key, 'X-User': 'mary' };
        const answer = await call('/batchtransactions?type=csv', { method: 'POST', headers, body: form });
        if (answer.status === 202) return (JSON.parse(answer.text) as { batch_id: string }).batch_id;
        if (answer.status < 500 && answer.status !== 429 && answer.status !== 409)
          console.log(`POST ${batch.key} was answered ${answer.status} ${answer.text.slice(0, 300)}`);
        return undefined;
      });
    },

    /** Decides once the batch waits for it. */
    async decided(batchId: string, decision: 'approve' | 'refuse'): Promise<void> {
      await persistently(`decision on ${batchId}`, async () => {
        const status = await call(`/api/v1/batchtransactions/${batchId}`);
        if (status.status !== 200) return undefined;
        const { approval } = JSON.parse(status.text) as { approval: { state: string; count: number; totals: object } };
        if (['approved', 'refused'].includes(approval.state)) return approval.state;
        if (approval.state !== 'awaited') return undefined;
        const body = JSON.stringify({ decision, comment: 'chaos', count: approval.count, totals: approval.totals });
        const headers = { 'Content-Type': 'application/json', 'X-User': 'john' };
        await call(`/api/v1/batches/${batchId}/approval`, { method: 'POST', headers, body });
        return undefined;
      });
    },

    result(batchId: string): Promise<string> {
      return persistently(`result of ${batchId}`, async () => {
        const { status, text } = await call(`/api/v1/batches/${batchId}/result`);
        return status === 200 ? text : undefined;
      });
    },
  };
}
