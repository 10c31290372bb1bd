/** The audit over HTTP, each answer as openapi.yaml promises it: what every command leaves behind, and that a chain which was touched says so. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeAnchor } from '../store/audit-anchors.ts';
import { createAuditChain } from '../store/audit-chain.ts';
import { aFile, formOf, openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const olga = { 'Content-Type': 'application/json', 'X-User': 'olga', 'User-Agent': 'a-test/1' };

async function entriesOf(tenant: string, query = '') {
  const { json } = await stand.call(tenant, 'GET', `/api/v1/audit${query}`);
  return json.entries as { id: string; action: string; object: { kind: string; id: string } }[];
}

async function aTenantWithAudit(): Promise<{ tenant: string; batchId: string }> {
  const tenant = await stand.tenant();
  const post = { headers: { 'X-User': 'maria' }, body: formOf(aFile(1)) };
  const { json } = await stand.call(tenant, 'POST', '/batchtransactions?type=csv', post);
  const body = JSON.stringify({ reason: 'the ministry called' });
  await stand.call(tenant, 'POST', `/api/v1/batches/${json.batch_id}/pause`, { headers: olga, body });
  return { tenant, batchId: json.batch_id };
}

test('each command leaves one entry: who, from where, what, before and after, why', async () => {
  const { tenant, batchId } = await aTenantWithAudit();
  const put = async (what: string, body: object) =>
    stand.call(tenant, 'PUT', `/api/v1/tenants/${tenant}/${what}`, { headers: olga, body: JSON.stringify(body) });
  await put('switches', { 'approval.enable': true });
  await put('transfers', { payment_mode: 'gsma' });
  await put('webhooks', { notification_url: null });
  await stand.call(tenant, 'PUT', '/api/v1/files/olga-ivanova.csv', { body: aFile(1) });
  const entries = await entriesOf(tenant);
  expect(entries.map(({ action }) => action).sort()).toEqual(
    ['batch.accept', 'batch.pause', 'file.put', 'switches.set', 'transfer-defaults.set', 'webhooks.set'].sort(),
  );
  expect(await entriesOf(tenant, `?objectId=${batchId}&who=olga`)).toMatchObject([
    {
      action: 'batch.pause',
      who: { kind: 'person', subject: 'olga' },
      from: { ip: '127.0.0.1', user_agent: 'a-test/1' },
      before: { status: 'queued', hold: null },
      after: { hold: 'paused' },
      why: 'the ministry called',
    },
  ]);
  expect(entries.find(({ action }) => action === 'file.put')).toMatchObject({ who: { kind: 'machine' } });
  expect(JSON.stringify(entries)).not.toMatch(/ivanova|927549027483/);
});

test('a command that is refused or said twice leaves no other entry', async () => {
  const { tenant, batchId } = await aTenantWithAudit();
  const body = JSON.stringify({ reason: 'again' });
  await stand.call(tenant, 'POST', `/api/v1/batches/${batchId}/pause`, { headers: olga, body });
  await stand.call(tenant, 'POST', `/api/v1/batches/${batchId}/retry`, { headers: olga, body });
  expect((await entriesOf(tenant)).map(({ action }) => action).sort()).toEqual(['batch.accept', 'batch.pause']);
});

test('pages lead to the end, and nobody reads the entries of another tenant', async () => {
  const { tenant, batchId } = await aTenantWithAudit();
  const first = await stand.call(tenant, 'GET', '/api/v1/audit?limit=1');
  const second = await stand.call(tenant, 'GET', `/api/v1/audit?limit=1&cursor=${first.json.next_cursor}`);
  expect([...first.json.entries, ...second.json.entries].map(({ action }) => action)).toEqual([
    'batch.pause',
    'batch.accept',
  ]);
  const other = await stand.tenant();
  expect(await entriesOf(other, `?objectId=${batchId}`)).toEqual([]);
  expect((await stand.call(other, 'GET', '/api/v1/audit/verification')).json).toMatchObject({ checked: 0, head: null });
});

test('a verification says what was touched, and that an end is missing which S3 or its reader knows of', async () => {
  const { tenant } = await aTenantWithAudit();
  const chain = createAuditChain(stand.deps.c);
  await chain.seal();
  const verify = async (query = '') => (await stand.call(tenant, 'GET', `/api/v1/audit/verification${query}`)).json;
  const good = await verify();
  expect(good).toMatchObject({ verified: true, complete: true, checked: 2, problems: [], next_from: null });
  const { sequence, hash } = good.head;
  expect(await verify('?limit=1')).toMatchObject({ verified: true, complete: false, checked: 1, next_from: 2 });
  await stand.deps.c.auditChain.deleteOne({ tenantId: tenant, n: sequence });
  await stand.deps.c.auditEntries.deleteOne({ tenantId: tenant, action: 'batch.pause' });
  expect(await verify()).toMatchObject({ verified: true, checked: 1 });
  expect(await verify(`?sequence=${sequence}&hash=${hash}`)).toMatchObject({ problems: [{ kind: 'truncated' }] });
  await writeAnchor(stand.deps.objects, tenant, { n: sequence, hash }, new Date());
  expect(await verify()).toMatchObject({ verified: false, anchors: 1, problems: [{ kind: 'truncated', sequence }] });
});

test('what is not as it should be is named', async () => {
  const tenant = await stand.tenant();
  const named = async (path: string) => {
    const { status, json } = await stand.call(tenant, 'GET', path);
    return { status, names: (json.errors ?? []).map(({ name }: { name: string }) => name) };
  };
  const query = '?cursor=x&limit=0&from=yesterday&colour=red';
  expect(await named(`/api/v1/audit${query}`)).toEqual({ status: 400, names: ['colour', 'cursor', 'limit', 'from'] });
  expect(await named('/api/v1/audit/verification?hash=12')).toEqual({ status: 400, names: ['hash', 'sequence'] });
  expect(await named('/api/v1/audit/verification?sequence=4')).toEqual({ status: 400, names: ['hash'] });
});
