/** How long personal data are kept, and what is kept longer, over HTTP; what is erased then is store/erase.it.test.ts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plannedBatch } from './operations/planned-batch.ts';
import { openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const send = (tenant: string, method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  stand.call(tenant, method, path, {
    headers: { 'X-User': 'ada', 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const auditOf = async (tenant: string) =>
  (await stand.deps.c.auditEntries.find({ tenantId: tenant }).sort({ _id: 1 }).toArray()).map(({ action }) => action);

test('a tenant keeps personal data for as long as it says, or as the hub does', async () => {
  const tenant = await stand.tenant();
  const path = `/api/v1/tenants/${tenant}/retention`;
  const read = async () => (await stand.call(tenant, 'GET', path)).json;
  expect(await read()).toEqual({ keep: '1825d', is_default: true });
  expect((await send(tenant, 'PUT', path, { keep: '400d' })).json).toEqual({ keep: '400d', is_default: false });
  expect(await read()).toEqual({ keep: '400d', is_default: false });
  for (const keep of ['0d', '36501d', '12h', 400, '', '-1d', '1.5d']) {
    const { status, json } = await send(tenant, 'PUT', path, { keep });
    expect([status, json.errors], String(keep)).toMatchObject([400, [{ name: 'keep' }]]);
  }
  expect((await send(tenant, 'PUT', path, { keep: '1d', why: 'x' })).status).toBe(400);
  expect(await read()).toEqual({ keep: '400d', is_default: false });
  expect((await send(tenant, 'PUT', path, { keep: null })).json).toEqual({ keep: '1825d', is_default: true });
  expect(await auditOf(tenant)).toEqual(['retention.set', 'retention.set']);
});

test('a batch is held by a person with a reason, once, until somebody lifts it', async () => {
  const tenant = await stand.tenant();
  const { _id } = await plannedBatch(stand.deps.c, {
    tenantId: tenant,
    subBatches: [{ rail: 'gsma', rows: ['done'] }],
  });
  const path = `/api/v1/batches/${_id}/legal-hold`;
  expect((await send(tenant, 'POST', path, {})).json.errors).toMatchObject([{ name: 'reason' }]);
  const held = await send(tenant, 'POST', path, { reason: 'the court asked' });
  expect(held.json).toMatchObject({ batch_id: _id, legal_hold: { by: 'ada', reason: 'the court asked' } });
  const again = await send(tenant, 'POST', path, { reason: 'another' }, { 'X-User': 'bob' });
  expect(again.json, 'the first stands').toEqual(held.json);
  const shown = await stand.call(tenant, 'GET', `/api/v1/batchtransactions/${_id}`);
  expect(shown.json.legal_hold).toMatchObject({ by: 'ada' });
  expect((await send(tenant, 'DELETE', path, { reason: 'over' })).json).toEqual({ batch_id: _id, legal_hold: null });
  expect((await send(tenant, 'DELETE', path, { reason: 'over' })).json.legal_hold).toBeNull();
  expect(await auditOf(tenant)).toEqual(['batch.hold', 'batch.unhold']);
});

test('what is erased is not held any more', async () => {
  const tenant = await stand.tenant();
  const erasedAt = new Date();
  const plan = { tenantId: tenant, subBatches: [{ rail: 'gsma', rows: ['done' as const] }], doc: { erasedAt } };
  const { _id } = await plannedBatch(stand.deps.c, plan);
  expect(await send(tenant, 'POST', `/api/v1/batches/${_id}/legal-hold`, { reason: 'late' })).toMatchObject({
    status: 410,
    json: { type: 'urn:tributary:problem:personal-data-erased' },
  });
  expect(await auditOf(tenant)).toEqual([]);
});

test('an admin says so, and a person', async () => {
  const tenant = await stand.tenant();
  const { _id } = await plannedBatch(stand.deps.c, {
    tenantId: tenant,
    subBatches: [{ rail: 'gsma', rows: ['done'] }],
  });
  const told: string[] = [];
  for (const [method, path, body] of [
    ['PUT', `/api/v1/tenants/${tenant}/retention`, { keep: '1d' }],
    ['POST', `/api/v1/batches/${_id}/legal-hold`, { reason: 'r' }],
    ['DELETE', `/api/v1/batches/${_id}/legal-hold`, { reason: 'r' }],
  ] as const) {
    const operator = await send(tenant, method, path, body, { 'X-Roles': 'operator,auditor' });
    const machine = await stand.call(tenant, method, path, {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    told.push(...[operator, machine].map(({ status, json }) => `${status} ${json.type.split(':').at(-1)}`));
  }
  expect(told).toEqual(Array.from({ length: 3 }, () => ['403 not-permitted', '401 person-required']).flat());
  expect(await auditOf(tenant)).toEqual([]);
});
