/** The hub under measurement: a stack of its own with clean data, its database, and a tenant that posts files. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { railVariable } from '../connectors/rail-variables.ts';
import { createCredentials } from '../local/credentials.ts';
import { createStack, type Stack } from '../local/stack.ts';
import { readConfig, readServers, type Servers } from '../platform/config.ts';
import { silentLog } from '../platform/log.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { createObjectStore, type ObjectStore } from '../platform/object-store.ts';
import { createZeebe, type Zeebe } from '../platform/zeebe.ts';
import { type Collections, collectionsOf } from '../store/collections.ts';
import type { BatchDoc, SubBatchDoc } from '../store/documents.ts';
import { createTenants } from '../store/tenants.ts';

export type Hub = {
  readonly stack: Stack;
  /** Where its API listens, and in whose name it is asked. */
  readonly api: string;
  headers(): Promise<Record<string, string>>;
  readonly servers: Servers;
  readonly mongo: Mongo;
  readonly c: Collections;
  readonly objects: ObjectStore;
  readonly zeebe: Zeebe;
  /** Posts the file and waits until the batch is closed and its books are read. */
  pay(file: Buffer, options?: PayOptions): Promise<Paid>;
  ledger(rail: string): Promise<Ledger>;
  result(batchId: string): Promise<string>;
  close(): Promise<void>;
};

export type PayOptions = {
  readonly switches?: Readonly<Record<string, unknown>>;
  /** Another tenant posts it than the one of the benchmarks. */
  readonly isOfAnother?: boolean;
};

export type Paid = {
  readonly postedAt: number;
  /** When the 202 was there. */
  readonly answeredAt: number;
  readonly batch: BatchDoc;
  readonly subBatches: readonly SubBatchDoc[];
};

type Sums = { readonly count: number; readonly sums: Readonly<Record<string, string>> };
export type Ledger = {
  readonly payments: number;
  readonly doubles: number;
  readonly states: Readonly<Record<'pending' | 'completed' | 'rejected', Sums>>;
};

const tenantId = 'bench';
const otherTenantId = 'bench-other';
/** A batch that is not closed by then never will be. */
const patienceMs = 30 * 60_000;

/** Clean data, everything up; the time that took is told. */
export async function freshHub(profile: string, say: (line: string) => void): Promise<{ hub: Hub; upMs: number }> {
  const stack = createStack({ profile, say });
  await stack.reset();
  const startedAt = Date.now();
  await stack.up();
  const upMs = Date.now() - startedAt;
  return { hub: await openHub(stack), upMs };
}

async function openHub(stack: Stack): Promise<Hub> {
  const env = stack.env();
  const servers = readServers(readConfig(env));
  const mongo = await connectMongo(servers.mongodbUri);
  const c = collectionsOf(mongo);
  const objects = createObjectStore(servers.s3);
  const zeebe = createZeebe(servers.zeebeAddress, silentLog);
  const aTenant = (id: string) => ({
    _id: id,
    tenantId: id,
    name: 'Bench',
    switches: {},
    batchOptions: true,
    webhookSecret: 'bench',
    allowPrivateAddresses: true,
  });
  await createTenants(c).addMissing([aTenant(tenantId), aTenant(otherTenantId)]);
  const headersOf = createCredentials(env);
  const api = `http://127.0.0.1:${env.API_PORT}`;

  async function post(file: Buffer, { switches, isOfAnother }: PayOptions): Promise<string> {
    const form = new FormData();
    form.set('data', new Blob([file as Buffer<ArrayBuffer>], { type: 'text/csv' }), 'bench.csv');
    if (switches) form.set('options', JSON.stringify(switches));
    const tenant = isOfAnother ? otherTenantId : tenantId;
    const headers = { ...(await headersOf({ tenant })), 'X-CorrelationID': randomUUID() };
    const response = await fetch(`${api}/batchtransactions?type=csv`, { method: 'POST', headers, body: form });
    const text = await response.text();
    if (response.status !== 202) throw new Error(`POST answered ${response.status}: ${text}`);
    return (JSON.parse(text) as { batch_id: string }).batch_id;
  }

  /** Asks for the batch's own document only, which costs the servers next to nothing. */
  async function closed(batchId: string): Promise<BatchDoc> {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(50)) {
      if (await c.batches.findOne({ _id: batchId, closedAt: { $exists: true } }, { projection: { _id: 1 } })) {
        return (await c.batches.findOne({ _id: batchId }))!;
      }
    }
    throw new Error(`batch ${batchId} was not closed in ${patienceMs / 60_000} minutes`);
  }

  return {
    stack,
    api,
    headers: () => headersOf({ tenant: tenantId }),
    servers,
    mongo,
    c,
    objects,
    zeebe,
    async pay(file, options = {}) {
      const postedAt = Date.now();
      const batchId = await post(file, options);
      const answeredAt = Date.now();
      const batch = await closed(batchId);
      return { postedAt, answeredAt, batch, subBatches: await c.subBatches.find({ batchId }).sort({ n: 1 }).toArray() };
    },
    async ledger(rail) {
      const response = await fetch(`${env[railVariable(rail, 'url')]}/_ledger/summary`);
      return (await response.json()) as Ledger;
    },
    async result(batchId) {
      const headers = await headersOf({ tenant: tenantId });
      const response = await fetch(`${api}/api/v1/batches/${batchId}/result`, { headers });
      if (!response.ok) throw new Error(`the result answered ${response.status}`);
      return response.text();
    },
    async close() {
      await zeebe.drain(5_000);
      await zeebe.close();
      objects.close();
      await mongo.close();
    },
  };
}
