/** The hub as its clients see it: tenants of a test's own, batches posted over HTTP, and the rails' ledgers to compare with. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { railVariable } from '../connectors/rail-variables.ts';
import { instancesIn } from '../connectors/rails.ts';
import type { LedgerEntry } from '../connectors/simulator.ts';
import { endToEndIdOf } from '../domain/ids.ts';
import { finalStatuses } from '../domain/outcome.ts';
import type { FlatSwitches } from '../domain/switches.ts';
import { createCredentials, type HeadersOf } from '../local/credentials.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { type Collections, collectionsOf } from '../store/collections.ts';
import { createTenants } from '../store/tenants.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export type Answer<B> = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: B };

export type Accepted = { readonly batch_id: string; readonly request_id: string; readonly status: string };

export type Problem = {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly errorInformation: string;
  readonly errorDescription: string;
  readonly missing?: readonly string[];
  readonly unknown?: readonly string[];
};

export type BatchStatus = {
  readonly batch_id: string;
  readonly request_id: string;
  readonly status: string;
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly pending: number;
  readonly file: string;
  readonly totalAmount: string | null;
  readonly successfulAmount: string | null;
  readonly currency: string | null;
  readonly reasons: Readonly<
    Record<'invalid' | 'duplicates' | 'not_found' | 'cancelled' | 'rejected' | 'returned', number>
  >;
  readonly totals: Readonly<Record<string, { readonly total: string; readonly successful: string }>>;
  readonly result_file: string | null;
  readonly formatted_file: string | null;
  readonly results: readonly { readonly n: number; readonly url: string }[];
  readonly problem: { readonly title: string; readonly detail: string } | null;
  readonly approval: {
    readonly state: string;
    readonly by: string | null;
    readonly count?: number;
    readonly totals?: Readonly<Record<string, string>>;
  } | null;
  readonly hold: 'paused' | 'cancelled' | null;
  readonly sub_batches: Readonly<Record<'created' | 'ready' | 'dispatched' | 'settled', number>>;
  readonly payer_blocks: readonly { readonly rail: string }[];
  readonly callbacks: readonly { readonly event: string; readonly state: string }[];
};

export type SubBatch = {
  readonly n: number;
  readonly stopped_at: string | null;
  readonly rail: string;
  readonly status: string;
  readonly total: number;
  readonly totals: Readonly<Record<string, { readonly total: string }>>;
};

/** A line of the result file: the last three cells apart from the client's own text. */
export type ResultLine = {
  readonly own: string;
  readonly status: string;
  readonly code: string;
  readonly description: string;
};

export type PostOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly switches?: FlatSwitches;
  readonly fileName?: string;
  readonly query?: string;
};

export type TenantClient = {
  readonly id: string;
  readonly secret: string;
  call<B>(path: string, init?: RequestInit): Promise<Answer<B>>;
  /** As the seed's curl does: a form with one file. */
  post<B = Accepted>(file: string | Uint8Array, options?: PostOptions): Promise<Answer<B>>;
  /** Posts, expects 202, answers the batch's id. */
  accepted(file: string | Uint8Array, options?: PostOptions): Promise<string>;
  /** Posts and waits until the batch is final. */
  paid(file: string | Uint8Array, options?: PostOptions): Promise<BatchStatus>;
  status(batchId: string): Promise<BatchStatus>;
  /** Asks for the status until it is as wanted; fails with the last one that was seen. */
  until(batchId: string, isWanted: (status: BatchStatus) => boolean): Promise<BatchStatus>;
  final(batchId: string): Promise<BatchStatus>;
  /** The bytes of a result file, as text; the newest unless told which. */
  result(batchId: string, n?: number): Promise<string>;
  /** The lines of the result file after the header. */
  lines(batchId: string, n?: number): Promise<ResultLine[]>;
  subBatches(batchId: string): Promise<SubBatch[]>;
};

export type TenantLike = {
  readonly switches?: FlatSwitches;
  readonly notificationUrl?: string;
};

export type Hub = {
  readonly c: Collections;
  readonly mongo: Mongo;
  aTenant(like?: TenantLike): Promise<TenantClient>;
  /** Takes the events of this file's tenants; `refusals`: how many posts it answers with 503 first. */
  aReceiver(refusals?: number): Promise<Receiver>;
};

/** Longer than an unknown payment takes to resolve: lease, time-out, the rail's own expiry, and the pauses between. */
const patience = { timeout: 150_000, interval: 100 };

/** By whose tokens this file's tests ask. */
let headersOf: HeadersOf | undefined;
const credentials: HeadersOf = (who) => {
  headersOf ??= createCredentials(process.env);
  return headersOf(who);
};

export const apiUrl = () => `http://127.0.0.1:${process.env.API_PORT}`;

/** Opens the hub's database for the tests of this file; what is asked of `hub` works within tests only. */
export function openHub(): Hub {
  const secrets = new Map<string, string>();
  const receivers: Receiver[] = [];
  let mongo: Mongo | undefined;
  let c: Collections | undefined;
  beforeAll(async () => {
    mongo = await connectMongo(process.env.MONGODB_URI!);
    c = collectionsOf(mongo, [process.env.HUB_SECRET!]);
  });
  afterAll(() => Promise.all([mongo?.close(), ...receivers.map((receiver) => receiver.close())]));
  return {
    get c() {
      return c!;
    },
    get mongo() {
      return mongo!;
    },
    async aReceiver(refusals = 0) {
      const receiver = await startReceiver((tenantId) => secrets.get(tenantId) ?? '', refusals);
      receivers.push(receiver);
      return receiver;
    },
    async aTenant({ switches = {}, notificationUrl } = {}) {
      const id = `tenant-${randomBytes(6).toString('hex')}`;
      const secret = randomBytes(16).toString('hex');
      secrets.set(id, secret);
      await createTenants(c!).addMissing([
        {
          _id: id,
          tenantId: id,
          name: 'A tenant of a test',
          switches,
          batchOptions: true,
          notificationUrl,
          webhookSecret: secret,
          allowPrivateAddresses: true,
        },
      ]);
      return tenantClient(id, secret, apiUrl());
    },
  };
}

export function tenantClient(id: string, secret: string, baseUrl: string): TenantClient {
  const client: TenantClient = {
    id,
    secret,

    async call(path, init = {}) {
      const headers = new Headers(init.headers);
      // Tests name the person; who it is, is then said by a token of the real provider.
      const person = headers.get('X-User') ?? undefined;
      headers.delete('X-User');
      for (const [name, value] of Object.entries(await credentials({ tenant: id, person }))) {
        if (!headers.has(name)) headers.set(name, value);
      }
      const response = await fetch(`${baseUrl}${path}`, { ...init, headers });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
    },

    post(file, { headers = {}, switches, fileName = 'payroll.csv', query = '' } = {}) {
      const form = new FormData();
      form.set('data', new Blob([typeof file === 'string' ? file : new Uint8Array(file)]), fileName);
      if (switches) form.set('options', JSON.stringify(switches));
      const correlated = { 'X-CorrelationID': randomUUID(), ...headers };
      return client.call(`/batchtransactions?type=csv${query}`, { method: 'POST', headers: correlated, body: form });
    },

    async accepted(file, options) {
      const { status, text, body } = await client.post<Accepted>(file, options);
      expect(status, text).toBe(202);
      return body.batch_id;
    },

    paid: async (file, options) => client.final(await client.accepted(file, options)),

    async status(batchId) {
      const { status, text, body } = await client.call<BatchStatus>(`/api/v1/batchtransactions/${batchId}`);
      expect(status, text).toBe(200);
      return body;
    },

    async until(batchId, isWanted) {
      let last: BatchStatus | undefined;
      try {
        return await vi.waitUntil(async () => {
          last = await client.status(batchId);
          return isWanted(last) && last;
        }, patience);
      } catch (error) {
        throw new Error(`the batch did not get there; last seen: ${JSON.stringify(last)}`, { cause: error });
      }
    },

    final: (batchId) => client.until(batchId, ({ status }) => (finalStatuses as readonly string[]).includes(status)),

    async result(batchId, n) {
      const which = n === undefined ? '' : `?n=${n}`;
      const { status, text } = await client.call(`/api/v1/batches/${batchId}/result${which}`);
      expect(status, text).toBe(200);
      return text;
    },

    async lines(batchId, n) {
      const [, ...lines] = (await client.result(batchId, n)).trimEnd().split('\n');
      return lines.map(readResultLine);
    },

    async subBatches(batchId) {
      const { body } = await client.call<{ sub_batches: SubBatch[] }>(
        `/api/v1/batches/${batchId}/sub-batches?limit=1000`,
      );
      return body.sub_batches;
    },
  };
  return client;
}

/** For files whose cells hold no line ends. */
function readResultLine(line: string): ResultLine {
  const [, own, status, code, said] = /^(.*),(SUCCESS|FAILURE|PENDING),(\d*),(.*)$/.exec(line) ?? [];
  if (own === undefined || status === undefined) throw new Error(`this is no line of a result file: ${line}`);
  const description = said?.startsWith('"') ? said.slice(1, -1).replaceAll('""', '"') : (said ?? '');
  return { own, status, code: code ?? '', description };
}

/** A request with a JSON body. */
export function json(method: string, value: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Where the simulator of a rail listens. */
export function simulatorOf(rail: string): string {
  return process.env[railVariable(rail, 'url')]!;
}

/** What a rail's own books say of these rows of a batch, by row; rows it never heard of are absent. */
export async function ledgerOf(
  batchId: string,
  rows: readonly number[],
  railIds: readonly string[] = railIdsHere(),
): Promise<Map<number, LedgerEntry & { readonly rail: string }>> {
  const rowOf = new Map(rows.map((row) => [endToEndIdOf(batchId, row), row]));
  const found = new Map<number, LedgerEntry & { readonly rail: string }>();
  const ids = [...rowOf.keys()];
  for (const rail of railIds) {
    // A line of ids may be as long as a request's head.
    for (let at = 0; at < ids.length; at += 100) {
      const response = await fetch(`${simulatorOf(rail)}/_ledger?ids=${ids.slice(at, at + 100).join(',')}`);
      for (const line of (await response.text()).split('\n').filter(Boolean)) {
        const entry = JSON.parse(line) as LedgerEntry;
        const row = rowOf.get(entry.id)!;
        expect(found.has(row), `row ${row} is in the books of two rails`).toBe(false);
        found.set(row, { ...entry, rail });
      }
    }
  }
  return found;
}

/** The rail instances that have a simulator here. */
export function railIdsHere(): string[] {
  return instancesIn(process.env).flatMap(({ id }) => (simulatorOf(id) ? [id] : []));
}

export async function control(rail: string, command: Readonly<Record<string, unknown>>): Promise<void> {
  const response = await fetch(`${simulatorOf(rail)}/_control`, { method: 'POST', body: JSON.stringify(command) });
  expect(response.status).toBe(200);
}
