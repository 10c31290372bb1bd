/** One tenant's ids are another's 404: every path of openapi.yaml that names a thing is asked for somebody else's, and leaves no trace. */
import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endToEndIdOf, rowKeyBytes, soleRow } from '../domain/ids.ts';
import type { Collection } from '../platform/mongo.ts';
import { createAccounts } from '../store/accounts.ts';
import { theHub } from '../store/audit.ts';
import type { IncidentDoc, ProcessInstanceDoc } from '../store/process-documents.ts';
import { openapiPage, operationsOf } from './openapi.ts';
import { plannedBatch } from './operations/planned-batch.ts';
import { openStand, type Stand } from './stand.ts';

let stand: Stand;
let owner: string;
let stranger: string;
let ids: Readonly<Record<string, string>>;
let before: Record<string, string>;
beforeAll(async () => {
  stand = await openStand();
  owner = await stand.tenant();
  ids = await things();
  stranger = await stand.tenant();
  before = await tracesOf(owner);
});
afterAll(() => stand.close());

/** Which of the owner's things a path names, its beginning decides; of several the longest. */
const whose: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/batchtransactions/': { id: 'batch' },
  '/batch/': { id: 'batch' },
  '/batches/': { id: 'batch', subBatchId: 'subBatch' },
  '/api/v1/processes/': { key: 'model' },
  '/api/v1/process-instances/': { key: 'instance' },
  '/api/v1/incidents/': { key: 'incident' },
  '/api/v1/hub/incidents/': { key: 'incident' },
  '/api/v1/payments/': { id: 'payment' },
  '/api/v1/conflicts/': { id: 'conflict' },
  '/api/v1/payer-blocks/': { rail: 'blockRail', id: 'block' },
  '/api/v1/tenants/': { id: 'tenant', channel: 'channel', outcome: 'outcome', language: 'language' },
  '/api/v1/notice-opt-outs/': { id: 'optOut' },
  '/api/v1/webhook-deliveries/': { id: 'webhook' },
  '/channel/transfer/': { id: 'transfer' },
  '/channel/txnState/': { id: 'correlation' },
  '/api/v1/files/': { filename: 'file' },
  '/api/v1/wallets/': { id: 'wallet', withdrawal: 'withdrawal' },
  '/api/v1/routes/': { id: 'route' },
  '/api/v1/accounts/': { id: 'account' },
  '/api/v1/programmes/': { id: 'programme' },
  '/beneficiaries/': { identity: 'beneficiary' },
};

/** Nobody else's thing is named: what is asked for is of the hub, or becomes the caller's own. */
const ofNobody: Readonly<Record<string, string>> = {
  'PUT /api/v1/files/{filename}': 'makes a file of the caller',
  'PUT /api/v1/accounts/{id}': 'makes an account of the caller',
  'PUT /api/v1/programmes/{id}': 'makes a programme of the caller',
  'GET /api/v1/tenants/{id}': 'of the hub, whose admins know all tenants',
  'PUT /api/v1/tenants/{id}': 'of the hub, whose admins know all tenants',
  'POST /api/v1/rails/{rail}/pause': 'a rail is of the hub, and is paused for the caller',
  'POST /api/v1/rails/{rail}/resume': 'a rail is of the hub, and is paused for the caller',
};

const bodies: Readonly<Record<string, unknown>> = {
  'POST /api/v1/programmes/{id}/adjustments': { currency: 'USD', amount: '1.00', reason: 'r' },
  'POST /api/v1/batches/{id}/approval': { decision: 'refuse', comment: 'no' },
  'POST /api/v1/process-instances/{key}/variables': { reason: 'r', variables: { mergeTries: 3 } },
  'POST /api/v1/payments/{id}/hand-mark': { outcome: 'rejected', evidence: 'a letter', reason: 'r' },
  'POST /api/v1/payments/{id}/hand-mark/confirm': {
    outcome: 'rejected',
    amount: '100.00',
    currency: 'USD',
    reason: 'r',
  },
  'PUT /api/v1/wallets/{id}/status': { status: 'frozen', reason: 'r' },
  'POST /api/v1/wallets/{id}/fundings': { amount: '1.00', reason: 'r' },
  'POST /api/v1/wallets/{id}/withdrawals': { amount: '1.00' },
};
/** As whose person a beneficiary is known. */
const institution = { 'X-Registering-Institution-ID': 'welfare' };
const queries: Readonly<Record<string, string>> = { 'GET /channel/txnState/{id}': '?requestType=transfers' };

/** What an answer to a stranger must not hold. */
const secrets = /27710101234|Ana Kamara|salaries-of-ana/;

const templated = operationsOf(openapiPage).filter((operation) => operation.includes('{'));
const asked = templated.filter((operation) => !(operation in ofNobody));

test('every path that names a thing says whose, or why nobody’s', () => {
  expect(
    asked.filter((operation) => !namesIn(operation)),
    'add a line to whose or ofNobody',
  ).toEqual([]);
  expect(Object.keys({ ...ofNobody, ...bodies, ...queries }).filter((name) => !templated.includes(name))).toEqual([]);
});

test.each(asked)('%s of another tenant is as absent as none', async (operation) => {
  const { status, json, text } = await ask(stranger, operation);
  expect(status, text).toBe(404);
  const none = await ask(stranger, operation, () => randomUUID());
  expect([none.status, json?.type], 'what is there answers as what is not').toEqual([404, none.json?.type]);
  // A problem names the path that was asked for.
  expect(text.replace(json.instance, ''), text).not.toMatch(secrets);
});

test('all of that leaves no trace, of neither', async () => {
  expect(await tracesOf(owner)).toEqual(before);
  expect(Object.keys(await tracesOf(stranger)), 'nothing is noted of what was not done').toEqual(['tenants']);
});

test('and the ids are real: their owner is answered', async () => {
  const reads = asked.filter(
    (operation) => operation.startsWith('GET ') && !/result|txnState|preview|hub|notice-templates/.test(operation),
  );
  const wrong: string[] = [];
  for (const operation of reads) {
    const { status, text } = await ask(owner, operation);
    if (status === 404) wrong.push(`${operation}: ${text}`);
  }
  expect(wrong).toEqual([]);
});

function namesIn(operation: string): Readonly<Record<string, string>> | undefined {
  const [, path = ''] = operation.split(' ');
  const prefix = Object.keys(whose)
    .filter((each) => path.startsWith(each) || path.startsWith(`/api/v1${each}`))
    .sort((a, b) => b.length - a.length)[0];
  const names = prefix && whose[prefix];
  const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  return names && wanted.every((name) => name in names) ? names : undefined;
}

function ask(tenant: string, operation: string, idOf = (name: string) => ids[name]!) {
  const [method = '', template = ''] = operation.split(' ');
  const names = namesIn(operation)!;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(idOf(names[name]!)));
  const hasBody = takesBody(method, template);
  return stand.call(tenant, method, `${path}${queries[operation] ?? ''}`, {
    headers: { 'X-User': 'mallory', 'Content-Type': 'application/json', ...institution },
    ...(hasBody && { body: JSON.stringify(bodies[operation] ?? { reason: 'r' }) }),
  });
}

function takesBody(method: string, template: string): boolean {
  return openapiPage.paths[template]?.[method.toLowerCase()]?.requestBody !== undefined;
}

/** Every document of a tenant, as text, by collection. */
async function tracesOf(tenantId: string): Promise<Record<string, string>> {
  const traces: Record<string, string> = {};
  for (const [name, collection] of Object.entries(stand.deps.c)) {
    if (name.toLowerCase().endsWith('keyring')) continue;
    const of = { $or: [{ tenantId }, { _id: tenantId }] };
    const docs = await (collection as unknown as Collection<{ _id: string }>).find(of as object).toArray();
    const text = (value: unknown) =>
      JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : (each as unknown)));
    if (docs.length > 0) traces[name] = docs.map(text).sort().join('\n');
  }
  return traces;
}

/** One of each, the owner's. */
async function things(): Promise<Record<string, string>> {
  const { c, outbox, mongo } = stand.deps;
  const { _id: batch } = await plannedBatch(c, {
    tenantId: owner,
    subBatches: [{ rail: 'gsma', rows: ['done', 'unknown', '422'] }],
    doc: { fileName: 'salaries-of-ana.csv' },
    payee: () => '27710101234',
  });
  await stand.deps.objects.put(
    `${owner}/${batch}/request.csv`,
    (async function* () {
      yield 'id';
    })(),
  );
  const payment = endToEndIdOf(batch, 2);
  const conflict = `${endToEndIdOf(batch, 1)}/rejected`;
  await c.conflicts.insertOne({
    ...{ _id: conflict, tenantId: owner, batchId: batch, row: 1, at: new Date(), had: 'completed', got: 'rejected' },
    text: 'no',
  });
  const block = { tenantId: owner, rail: 'slcb', payer: '27710101234', text: 'no funds', at: new Date() };
  await c.payerBlocks.insertOne({ _id: `${owner}/slcb/x`, ...block });
  const model = aKey();
  const processId = `bulk-transfer-${owner}`;
  await c.processModels.insertOne({
    ...{ _id: model, processId, version: 1, resourceName: 'x.bpmn', xml: '<x/>', deployedAt: new Date() },
  });
  await c.tenantModels.insertOne({ _id: processId, tenantId: owner, processId: 'bulk-transfer', at: new Date() });
  const [instance, incident] = [aKey(), aKey()];
  const ofZeebe = { partition: 1, position: 1, tenantId: owner, modelKey: model, processId, version: 1 };
  await c.processInstances.insertOne({
    ...{ ...ofZeebe, _id: instance, state: 'active', startedAt: new Date(), incidents: 1, elements: [] },
  } as ProcessInstanceDoc);
  await c.incidents.insertOne({
    ...{ ...ofZeebe, _id: incident, instanceKey: instance, elementId: 'Task', errorType: 'JOB_NO_RETRIES' },
    ...{ message: 'no', cause: randomUUID(), state: 'open', createdAt: new Date() },
  } as IncidentDoc);
  const webhook = randomUUID();
  const entry = { kind: 'webhook', url: 'https://x.example', event: 'e', eventId: webhook, body: '{}' } as const;
  await outbox.add([{ id: `w/${webhook}`, tenantId: owner, entry: { ...entry, until: new Date(Date.now() + 1e9) } }]);
  const transfer = randomUUID();
  const correlation = `c-${transfer}`;
  await c.transfers.insertOne({ _id: transfer, tenantId: owner, requestId: correlation, createdAt: new Date() });
  const party = { type: 'msisdn', id: '27710101234' };
  await c.payments.insertOne({
    ...{ _id: rowKeyBytes(transfer, soleRow), tenantId: owner, id: '', requestId: correlation, mode: 'gsma' },
    ...{ rail: 'gsma', payer: party, payee: party, amount: '1.00', minor: 100n, currency: 'USD', note: '' },
  });
  const file = 'salaries-of-ana.csv';
  const facts = { md5: 'm', sha256: 's', sizeBytes: 1, at: new Date(), key: `${owner}/files/x` };
  await c.files.insertOne({ _id: `${owner}/${file}`, tenantId: owner, fileName: file, ...facts });
  const account = 'acc-ana';
  const setter = { tenantId: owner, by: 'olga', actor: theHub, at: new Date() };
  await createAccounts(mongo, c).set([{ account, name: 'Ana Kamara', mode: 'gsma', payee: party }], setter);
  return {
    ...{ tenant: owner, batch, subBatch: `${batch}-1`, payment, conflict, blockRail: 'slcb', block: 'x', model },
    ...{ instance, incident, webhook, transfer, correlation, file, account, ...(await money()) },
  };
}

/** Wallet, route, withdrawal, beneficiary and programme, by the doors that make them. */
async function money(): Promise<Record<string, string>> {
  const send = async (method: string, path: string, body: unknown) => {
    const headers = { 'X-User': 'olga', 'Content-Type': 'application/json', ...institution };
    return (await stand.call(owner, method, path, { headers, body: JSON.stringify(body) })).json;
  };
  const { wallet_id: wallet } = await send('POST', '/api/v1/wallets', { owner: 'x', currency: 'USD', kind: 'float' });
  await send('POST', `/api/v1/wallets/${wallet}/fundings`, { amount: '10.00', reason: 'r' });
  await send('PUT', `/api/v1/tenants/${owner}/payout-accounts`, { gsma: { type: 'msisdn', id: '27710101999' } });
  const transfers = [{ account: 'acc-ana', amount: '1.00', notes: { name: 'Ana Kamara' } }];
  const { route_id: route } = await send('POST', '/api/v1/routes', { amount: '1.00', currency: 'USD', transfers });
  const asks = { amount: '1.00', account: 'acc-ana' };
  const { withdrawal_id: withdrawal } = await send('POST', `/api/v1/wallets/${wallet}/withdrawals`, asks);
  const person = { payee_identity: 'P-1', payment_mode: 'gsma', identifier_type: 'msisdn', identifier: '27710101234' };
  await send('POST', '/api/v1/beneficiaries', { beneficiaries: [person] });
  const programme = {
    ...{ institution_id: 'welfare', name: 'Ana Kamara', payer: { type: 'msisdn', id: '27710101234' } },
    ...{ currencies: [{ currency: 'USD' }], effective_from: '2026-01-01', effective_until: null },
  };
  await send('PUT', '/api/v1/programmes/nurses', programme);
  const optOut = (
    await send('POST', '/api/v1/notice-opt-outs', { identifier_type: 'msisdn', identifier: '27710101234', reason: 'r' })
  ).id;
  const words = { channel: 'sms', outcome: 'completed', language: 'en' };
  return { wallet, route, withdrawal, beneficiary: 'P-1', programme: 'nurses', optOut, ...words };
}

function aKey(): string {
  return String(2_251_799_813_685_248n + BigInt(randomInt(1, 2 ** 47)));
}
