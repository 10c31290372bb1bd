/** Clients who never give up: they repeat a POST with the same key until it is accepted, and a command until it is taken, whatever dies meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeadersOf } from '../../local/credentials.ts';
import type { AskedRow } from './checker.ts';
import type { PlannedBatch, PlannedRow, PlannedSingle } from './plan.ts';

export const tenantId = 'chaos';

const header =
  'id,request_id,payment_mode,payer_identifier_type,payer_identifier,payee_identifier_type,payee_identifier,amount,currency,note';
const payeeTypes = { slcb: 'accountNumber', mojaloop: 'mosip', gsma: 'msisdn', 'bank-file': 'accountNumber' } as const;

export function fileOf(rows: readonly PlannedRow[]): { readonly text: string; readonly asked: readonly AskedRow[] } {
  const asked = rows.map(({ rail, payer, payee, amount, fate }, at): AskedRow => {
    const id = [at + 1, `r-${at + 1}`, rail];
    const cells = [...id, 'accountNumber', payer, payeeTypes[rail], payee, amount, 'USD', 'Chaos'];
    return { row: at + 1, rail, payee, amount, currency: 'USD', fate, line: cells.join(',') };
  });
  return { text: `${[header, ...asked.map(({ line }) => line)].join('\n')}\n`, asked };
}

/** What GET /channel/transfer says. */
export type SingleState = {
  readonly transferId: string;
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly amount: string;
  readonly currency: string;
  readonly paymentMode: string;
};

export type Block = { readonly id: string; readonly rail: string; readonly payer: string };

type Answer = { readonly status: number; readonly text: string };

export type HubClient = ReturnType<typeof createHubClient>;

export function createHubClient(baseUrl: string, headersOf: HeadersOf, deadlineMs = 600_000) {
  async function call(path: string, init: RequestInit = {}): Promise<Answer> {
    const { 'X-User': person, ...own } = (init.headers ?? {}) as Record<string, string>;
    const headers = { ...own, ...(await headersOf({ tenant: tenantId, person })) };
    const response = await fetch(`${baseUrl}${path}`, { ...init, headers, signal: AbortSignal.timeout(15_000) });
    return { status: response.status, text: await response.text() };
  }

  function post(path: string, person: string, body: unknown): Promise<Answer> {
    const headers = { 'Content-Type': 'application/json', 'X-User': person };
    return call(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async function persistently<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
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

  /** 409 and 429 pass; any other no of a client's request would never become a yes. */
  function tellOdd(what: string, { status, text }: Answer): undefined {
    if (status < 500 && status !== 429 && status !== 409)
      console.log(`${what} was answered ${status} ${text.slice(0, 300)}`);
    return undefined;
  }

  async function payerBlocks(): Promise<readonly Block[]> {
    const { status, text } = await call('/api/v1/payer-blocks');
    if (status !== 200) throw new Error(`payer blocks were answered ${status}`);
    return (JSON.parse(text) as { payer_blocks: Block[] }).payer_blocks;
  }

  return {
    persistently,
    payerBlocks,

    /** Posts until accepted; answers the batch's id. */
    accepted(batch: PlannedBatch, text: string): Promise<string> {
      return persistently(`POST ${batch.key}`, async () => {
        const form = new FormData();
        form.set('data', new Blob([text]), `${batch.key}.csv`);
        form.set('options', JSON.stringify(batch.switches));
        const headers = { 'Idempotency-Key': batch.key, 'X-CorrelationID': batch.key, 'X-User': 'mary' };
        const answer = await call('/batchtransactions?type=csv', { method: 'POST', headers, body: form });
        if (answer.status === 202) return (JSON.parse(answer.text) as { batch_id: string }).batch_id;
        return tellOdd(`POST ${batch.key}`, answer);
      });
    },

    /** The same for a single payment; answers its transactionId. */
    transferred({ key, row }: PlannedSingle): Promise<string> {
      return persistently(`POST ${key}`, async () => {
        const party = (partyIdType: string, partyIdentifier: string) => ({
          partyIdInfo: { partyIdType, partyIdentifier },
        });
        const body = {
          clientRefId: key,
          payer: party('accountNumber', row.payer),
          payee: party(payeeTypes[row.rail], row.payee),
          amount: { amount: row.amount, currency: 'USD' },
        };
        const headers = { 'Content-Type': 'application/json', 'X-CorrelationID': key, 'X-Payment-Scheme': row.rail };
        const answer = await call('/channel/transfer', { method: 'POST', headers, body: JSON.stringify(body) });
        if (answer.status === 202) return (JSON.parse(answer.text) as { transactionId: string }).transactionId;
        return tellOdd(`POST ${key}`, answer);
      });
    },

    single(transactionId: string): Promise<SingleState> {
      return persistently(`GET ${transactionId}`, async () => {
        const { status, text } = await call(`/channel/transfer/${transactionId}`);
        return status === 200 ? (JSON.parse(text) as SingleState) : undefined;
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
        const { count, totals } = approval;
        await post(`/api/v1/batches/${batchId}/approval`, 'john', { decision, comment: 'chaos', count, totals });
        return undefined;
      });
    },

    /** Answers false where it came too late: the batch is over. */
    commanded(batchId: string, command: 'pause' | 'resume' | 'cancel'): Promise<boolean> {
      return persistently(`${command} of ${batchId}`, async () => {
        const answer = await post(`/api/v1/batches/${batchId}/${command}`, 'olga', { reason: 'chaos' });
        if (answer.status === 200 || answer.status === 202) return true;
        return answer.status === 409 ? false : tellOdd(`${command} of ${batchId}`, answer);
      });
    },

    /** Has failed rows of a closed batch tried again; answers the child's id, or nothing where no row can be. */
    retried(batchId: string): Promise<{ readonly child?: string }> {
      return persistently(`retry of ${batchId}`, async () => {
        const answer = await post(`/api/v1/batches/${batchId}/retry`, 'olga', { reason: 'chaos' });
        const said = JSON.parse(answer.text) as { child?: string; code?: string };
        if (answer.status === 202) return { child: said.child };
        // Our own retry, whose answer was lost.
        if (answer.status === 409 && said.child) return { child: said.child.split('/').at(-1) };
        if (answer.text.includes('nothing-to-retry')) return {};
        return tellOdd(`retry of ${batchId}`, answer);
      });
    },

    /** Lifts what blocks there are. */
    async liftBlocks(): Promise<void> {
      const headers = { 'X-User': 'olga' };
      for (const { id } of await payerBlocks()) await call(`/api/v1/payer-blocks/${id}`, { method: 'DELETE', headers });
    },

    async isOver(batchId: string): Promise<boolean> {
      return (await call(`/api/v1/batches/${batchId}/result`)).status === 200;
    },

    result(batchId: string): Promise<string> {
      return persistently(`result of ${batchId}`, async () => {
        const { status, text } = await call(`/api/v1/batches/${batchId}/result`);
        return status === 200 ? text : undefined;
      });
    },
  };
}
