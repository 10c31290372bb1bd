/** The API on a free port against the real MongoDB and S3 of the environment, in a database of its own. For tests. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRailRegistry } from '../connectors/rails.ts';
import { requiredColumns } from '../domain/batch-file.ts';
import { silentLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { connectMongo } from '../platform/mongo.ts';
import { createObjectStore } from '../platform/object-store.ts';
import { createAcceptBatch } from '../store/accept-batch.ts';
import { createAcceptTransfer } from '../store/accept-transfer.ts';
import { createAudit } from '../store/audit.ts';
import { createBatches } from '../store/batches.ts';
import { createBeneficiaries } from '../store/beneficiaries.ts';
import { createWatchChanges, describeBatches } from '../store/changes.ts';
import { collectionsOf, ensureIndexes } from '../store/collections.ts';
import type { TenantDoc } from '../store/documents.ts';
import { createMapper } from '../store/mapper.ts';
import { createOutbox } from '../store/outbox.ts';
import { createTenants } from '../store/tenants.ts';
import { createUploads } from '../store/uploads.ts';
import { createAdmission } from './admission.ts';
import { createApp } from './app.ts';
import { createOpenIdentity } from './caller.ts';
import type { ApiDeps } from './deps.ts';
import { wrongWith } from './openapi.ts';
import { createLive } from './operations/live.ts';

export type Call = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | FormData | ReadableStream<Uint8Array>;
};
export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of many shapes
  readonly json: any;
};
export type Stand = Awaited<ReturnType<typeof openStand>>;

export async function openStand(overrides: Partial<ApiDeps> = {}) {
  const env = (name: string): string => process.env[name] ?? '';
  const mongo = await connectMongo(
    env('MONGODB_URI').replace(/^(mongodb[^/]*\/\/[^/]+)\/[^?]*/, '$1/tributary_api_tests'),
  );
  const c = collectionsOf(mongo, ['a secret of tests']);
  await ensureIndexes(c);
  const objects = createObjectStore({
    endpoint: env('S3_ENDPOINT'),
    accessKey: env('S3_ACCESS_KEY'),
    secretKey: env('S3_SECRET_KEY'),
    bucket: env('S3_BUCKET'),
    region: env('S3_REGION') || 'us-east-1',
  });
  const tenants = createTenants(c);
  const batches = createBatches(c);
  const outbox = createOutbox(c, { leaseMs: 30_000 });
  const beneficiaries = createBeneficiaries(c);
  const live = createLive({
    watch: createWatchChanges(mongo, c, silentLog),
    describe: describeBatches(c),
    everyMs: 50,
  });
  const deps: ApiDeps = {
    identify: createOpenIdentity({ tenants }),
    noticeChannels: ['email', 'sms'],
    webhookSecretOf: (tenantId) => `secret of ${tenantId}`,
    strangers: { take: () => undefined },
    trustProxy: 0,
    mongo,
    c,
    objects,
    tenants,
    uploads: createUploads(c, objects, { log: silentLog }),
    batches,
    beneficiaries,
    mapper: createMapper(mongo, c, { beneficiaries, outbox, now: () => new Date() }),
    admission: createAdmission({
      waiting: { batches: batches.waiting, transfers: outbox.startsWaiting },
      limits: {
        transfersWaiting: 1_000_000,
        transfersWaitingOfTenant: 1_000_000,
        batchesWaiting: 1_000_000,
        batchesWaitingOfTenant: 1_000_000,
        uploadsAtOnce: 100,
        memoryBytes: 2 * 1024 ** 3,
      },
    }),
    outbox,
    audit: createAudit(mongo, c),
    accept: createAcceptBatch(mongo, c, { recountEvery: '60s' }),
    acceptTransfer: createAcceptTransfer(mongo, c),
    // Nobody serves the processes of this database: every start stays in its outbox.
    transferStarter: { graceMs: () => 0, start: () => undefined, drain: async () => undefined },
    // Its incidents are documents only.
    zeebe: { resolveIncident: async () => false, cancelInstance: async () => true, setVariables: async () => true },
    live,
    rails: createRailRegistry(),
    limits: { fileBytes: 50_000_000, rows: 100_000 },
    recountEvery: '60s',
    personalDataKeep: '1825d',
    linkSeconds: 600,
    metrics: createMetrics('api-tests'),
    log: silentLog,
    now: () => new Date(),
    ...overrides,
  };
  const server = createServer(createApp(deps));
  // Longer than any pause between two calls of a test, or a call might go out over a line that is just being closed.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  return {
    deps,
    url,
    port,

    /** A tenant that nobody else has. */
    async tenant(overridesOf: Partial<TenantDoc> = {}): Promise<string> {
      const id = `t-${randomUUID().slice(0, 13)}`;
      await tenants.addMissing([
        {
          _id: id,
          tenantId: id,
          name: id,
          switches: {},
          batchOptions: true,
          webhookSecret: 'secret',
          allowPrivateAddresses: false,
          ...overridesOf,
        },
      ]);
      return id;
    },

    /** Calls the API; an answer that openapi.yaml does not promise throws. */
    async call(tenant: string, method: string, path: string, { headers, body }: Call = {}): Promise<Answered> {
      const answer = await fetch(url + path, {
        method,
        headers: { ...(tenant && { 'Platform-TenantId': tenant }), ...headers },
        body: body as string,
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      } as RequestInit);
      const text = await answer.text();
      const type = answer.headers.get('content-type') ?? '';
      const wrong = wrongWith({ method, path: path.split('?')[0]!, status: answer.status, type, text });
      if (wrong.length > 0) throw new Error(`not as openapi.yaml says: ${wrong.join('; ')}\n${text.slice(0, 500)}`);
      const json = type.split(';')[0]!.endsWith('json') ? JSON.parse(text) : undefined;
      return { status: answer.status, headers: answer.headers, text, json };
    },

    async close(): Promise<void> {
      await live.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      objects.close();
      await mongo.close();
    },
  };
}

export const header = requiredColumns.join(',');

/** A good row. */
export function aRow(cells: Partial<Record<(typeof requiredColumns)[number], string>> = {}): string {
  const row = {
    id: '0',
    request_id: 'f1e22fe3-9740-4fba-97b6-78f43bfa7f2f',
    payment_mode: 'slcb',
    payer_identifier_type: 'accountNumber',
    payer_identifier: '003001003874120160',
    payee_identifier_type: 'accountNumber',
    payee_identifier: '927549027483',
    amount: '850',
    currency: 'USD',
    note: 'Test Payee Payment',
    ...cells,
  };
  return requiredColumns.map((name) => row[name]).join(',');
}

/** A file of `rows` good rows. */
export function aFile(rows = 1): string {
  return `${[header, ...Array.from({ length: rows }, (_, i) => aRow({ id: String(i) }))].join('\n')}\n`;
}

export function formOf(
  file: string | Uint8Array,
  fields: Readonly<Record<string, string>> = {},
  part = 'data',
): FormData {
  const form = new FormData();
  form.append(part, new Blob([file as string]), 'payroll.csv');
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

export function hashOf(algorithm: string, bytes: string | Uint8Array, encoding: 'hex' | 'base64' = 'hex'): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}
