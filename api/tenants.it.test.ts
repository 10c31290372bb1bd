import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const put = (id: string, value: unknown) =>
  stand.call('', 'PUT', `/api/v1/tenants/${id}`, {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  });

test('a tenant is made over HTTP and takes requests at once', async () => {
  const id = `bank-${randomUUID().slice(0, 8)}`;
  expect((await stand.call(id, 'GET', '/api/v1/batches')).status).toBe(403);
  const made = await put(id, { name: 'A bank' });
  expect([made.status, made.headers.get('Location')]).toEqual([201, `/api/v1/tenants/${id}`]);
  expect(made.json).toEqual({ id, name: 'A bank', batch_options: true, allow_private_addresses: false });
  expect((await stand.call(id, 'GET', '/api/v1/batches')).status).toBe(200);
  expect((await stand.call('', 'GET', `/api/v1/tenants/${id}`)).json).toEqual(made.json);
  expect(made.text, 'no secret is shown').not.toContain('ecret');
});

test('set again it keeps its own settings and its secret', async () => {
  const id = `bank-${randomUUID().slice(0, 8)}`;
  await put(id, { name: 'A bank' });
  await stand.deps.mongo.transaction((session) =>
    stand.deps.tenants.setSwitches(id, { 'approval.enable': true }, session),
  );
  const before = await stand.deps.tenants.get(id);
  const again = await put(id, { name: 'A better bank', batch_options: false, allow_private_addresses: true });
  expect([again.status, again.json.name]).toEqual([200, 'A better bank']);
  const after = await stand.deps.tenants.get(id);
  expect(after).toEqual({ ...before, name: 'A better bank', batchOptions: false, allowPrivateAddresses: true });
});

test('who made a tenant, and what they allowed it, stands in its audit', async () => {
  const id = `bank-${randomUUID().slice(0, 8)}`;
  await put(id, { name: 'A bank' });
  await put(id, { name: 'A bank', allow_private_addresses: true });
  const { json } = await stand.call(id, 'GET', '/api/v1/audit');
  expect(json.entries.map(({ action }: { action: string }) => action)).toEqual(['tenant.put', 'tenant.put']);
  expect(json.entries[0]).toMatchObject({
    before: { allow_private_addresses: false },
    after: { allow_private_addresses: true },
  });
});

test('all that is wrong is said at once, and nothing is made', async () => {
  const wrong = await put('ok-id', { name: '', batch_options: 'yes', allow_private_addresses: 1 });
  expect([wrong.status, wrong.json.errors.map(({ name }: { name: string }) => name)]).toEqual([
    400,
    ['name', 'batch_options', 'allow_private_addresses'],
  ]);
  for (const id of ['A', 'a', '-bank', 'a.b', 'a%2Fb', '$set', 'x'.repeat(64)]) {
    expect([id, (await put(id, { name: 'A bank' })).status]).toEqual([id, 400]);
  }
  expect((await put('ok-id', { name: 'A bank', secret: 'x' })).status).toBe(400);
  expect((await stand.call('', 'GET', '/api/v1/tenants/ok-id')).status).toBe(404);
});

test('pages of the list join without a gap', async () => {
  const ids = ['one', 'two', 'three'].map((word) => `zz-${randomUUID().slice(0, 8)}-${word}`);
  for (const id of ids) await put(id, { name: id });
  const seen: string[] = [];
  let cursor: string | null = 'zz';
  while (cursor !== null) {
    const page: { json: { tenants: { id: string }[]; next_cursor: string | null } } = await stand.call(
      '',
      'GET',
      `/api/v1/tenants?limit=1&cursor=${cursor}`,
    );
    seen.push(...page.json.tenants.map(({ id }) => id));
    cursor = page.json.next_cursor;
  }
  expect(seen).toEqual(expect.arrayContaining([...ids].sort()));
  expect(seen).toEqual([...new Set(seen)].sort());
});
