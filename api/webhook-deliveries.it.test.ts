/** Secrets of webhooks and what was sent, over HTTP, each answer as openapi.yaml promises it; that they are signed and sent is test/journeys/. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTenants, webhookSecretsOf } from '../store/tenants.ts';
import { openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const olga = { 'Content-Type': 'application/json', 'X-User': 'olga' };

function rotate(tenant: string, body: object = {}) {
  return stand.call(tenant, 'POST', `/api/v1/tenants/${tenant}/webhooks/secret`, {
    headers: olga,
    body: JSON.stringify(body),
  });
}

async function secretsOf(tenant: string): Promise<string[]> {
  return webhookSecretsOf((await createTenants(stand.deps.c).get(tenant))!, new Date());
}

async function actionsOf(tenant: string): Promise<string[]> {
  return (await stand.deps.audit.list({ tenantId: tenant }, undefined, 50)).map(({ action }) => action);
}

/** A webhook in the outbox. */
async function aWebhook(tenantId: string, over: object = {}, kind = 'webhook', at = new Date()) {
  const eventId = randomUUID();
  const entry = {
    kind: 'webhook',
    url: 'https://old.example/x',
    event: 'batch.closed',
    eventId,
    body: '{"status":"completed"}',
    until: at,
  } as const;
  await stand.deps.c.outbox.insertOne({
    _id: `${kind}/${randomUUID()}/${eventId}`,
    tenantId,
    entry,
    createdAt: at,
    dueAt: null,
    tries: 7,
    ...over,
  });
  return eventId;
}

function resend(tenant: string, id: string, body: object = { reason: 'it was lost' }) {
  return stand.call(tenant, 'POST', `/api/v1/webhook-deliveries/${id}/resend`, {
    headers: olga,
    body: JSON.stringify(body),
  });
}

test('a new secret is shown once, and the one before signs beside it until the overlap is over', async () => {
  const tenant = await stand.tenant();
  const { status, json, headers } = await rotate(tenant);
  expect(status).toBe(201);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(json.signing_secret).toMatch(/^[\w-]{43}$/);
  expect(await secretsOf(tenant)).toEqual([json.signing_secret, 'secret']);
  const shown = await stand.call(tenant, 'GET', `/api/v1/tenants/${tenant}/webhooks`);
  expect(shown.json).toMatchObject({ also_valid: { ends_with: '…cret', until: json.also_valid_until } });
  expect(shown.text).not.toContain(json.signing_secret);
  expect(await actionsOf(tenant)).toEqual(['webhook-secret.rotate']);
  const audit = await stand.call(tenant, 'GET', '/api/v1/audit');
  expect(audit.text).not.toContain(json.signing_secret);
});

test('a second rotation waits for the overlap to end, unless both are ended at once', async () => {
  const tenant = await stand.tenant();
  const first = await rotate(tenant);
  expect(await rotate(tenant)).toMatchObject({ status: 409, json: { type: 'urn:tributary:problem:secret-rotating' } });
  expect((await secretsOf(tenant))[0]).toBe(first.json.signing_secret);
  const second = await rotate(tenant, { overlap: '0s' });
  expect(second.json.also_valid_until).toBeNull();
  expect(await secretsOf(tenant)).toEqual([second.json.signing_secret]);
  expect(await rotate(tenant, { overlap: '1h' })).toMatchObject({ status: 201 });
});

test('of many rotations at the same moment one is done', async () => {
  const tenant = await stand.tenant();
  const answers = await Promise.all(Array.from({ length: 5 }, () => rotate(tenant)));
  const made = answers.filter(({ status }) => status === 201);
  expect(made).toHaveLength(1);
  expect(await secretsOf(tenant)).toEqual([made[0]!.json.signing_secret, 'secret']);
});

test('webhooks are listed newest first, by state, batch and event, a page after the other', async () => {
  const tenant = await stand.tenant();
  const batchId = randomUUID();
  const ids = [
    await aWebhook(tenant, { doneAt: new Date(), batchId }, 'webhook', new Date('2026-03-01T00:00:01Z')),
    await aWebhook(
      tenant,
      { givenUpAt: new Date(), lastError: 'answered 500' },
      'webhook',
      new Date('2026-03-01T00:00:02Z'),
    ),
    await aWebhook(tenant, { dueAt: new Date(Date.now() + 60_000) }, 'webhook', new Date('2026-03-01T00:00:03Z')),
  ];
  const list = async (query = '') => (await stand.call(tenant, 'GET', `/api/v1/webhook-deliveries${query}`)).json;
  const idsOf = async (query: string) => (await list(query)).webhook_deliveries.map(({ id }: { id: string }) => id);
  expect(await idsOf('')).toEqual([...ids].reverse());
  expect(await idsOf('?state=given_up')).toEqual([ids[1]]);
  expect(await idsOf('?state=delivered')).toEqual([ids[0]]);
  expect(await idsOf('?state=pending')).toEqual([ids[2]]);
  expect(await idsOf(`?batch=${batchId}`)).toEqual([ids[0]]);
  expect(await idsOf('?event=batch.updated')).toEqual([]);
  const page = await list('?limit=2');
  expect(await idsOf(`?limit=2&cursor=${page.next_cursor}`)).toEqual([ids[0]]);
  const other = await stand.tenant();
  expect((await stand.call(other, 'GET', '/api/v1/webhook-deliveries')).json.webhook_deliveries).toEqual([]);
  expect((await stand.call(other, 'GET', `/api/v1/webhook-deliveries/${ids[0]}`)).status).toBe(404);
});

test('one is read with its body and its tries', async () => {
  const tenant = await stand.tenant();
  const attempts = [
    { at: new Date(), ms: 12, status: 500 },
    { at: new Date(), ms: 10_000, error: 'timed out' },
  ];
  const id = await aWebhook(tenant, { attempts });
  const { json } = await stand.call(tenant, 'GET', `/api/v1/webhook-deliveries/${id}`);
  expect(json).toMatchObject({
    tries: 7,
    body: { status: 'completed' },
    attempts: [
      { status: 500, error: null },
      { status: null, error: 'timed out' },
    ],
  });
});

test('one that was given up is sent again, once however often it is asked for, and that is audited', async () => {
  const tenant = await stand.tenant({ notificationUrl: 'https://new.example/x' });
  const id = await aWebhook(tenant, { givenUpAt: new Date() }, 'notify');
  const answers = await Promise.all([resend(tenant, id), resend(tenant, id), resend(tenant, id)]);
  for (const answer of answers)
    expect(answer).toMatchObject({ status: 202, json: { state: 'pending', url: 'https://new.example/x' } });
  expect(await actionsOf(tenant)).toEqual(['webhook.resend']);
  const due = await stand.deps.c.outbox.findOne({ 'entry.eventId': id } as never);
  expect(due?.dueAt).toBeInstanceOf(Date);
  expect(due).not.toHaveProperty('givenUpAt');
});

test('an acknowledgement goes where its batch said', async () => {
  const tenant = await stand.tenant({ notificationUrl: 'https://new.example/x' });
  const id = await aWebhook(tenant, { doneAt: new Date() });
  expect((await resend(tenant, id)).json).toMatchObject({ state: 'pending', url: 'https://old.example/x' });
});

test('what is not as it should be is named', async () => {
  const tenant = await stand.tenant();
  const id = await aWebhook(tenant);
  expect(await resend(tenant, id, {})).toMatchObject({ status: 400, json: { errors: [{ name: 'reason' }] } });
  expect(await resend(tenant, randomUUID())).toMatchObject({ status: 404 });
  expect(await resend(tenant, 'x')).toMatchObject({ status: 404 });
  for (const overlap of ['31d', 'soon', 5]) {
    expect(await rotate(tenant, { overlap })).toMatchObject({ status: 400, json: { errors: [{ name: 'overlap' }] } });
  }
  const query = '?state=lost&batch=1&cursor=x';
  const { json } = await stand.call(tenant, 'GET', `/api/v1/webhook-deliveries${query}`);
  expect(json.errors.map(({ name }: { name: string }) => name)).toEqual(['cursor', 'state', 'batch']);
  const nobody = { headers: { 'Content-Type': 'application/json' }, body: '{"reason":"x"}' };
  expect((await stand.call(tenant, 'POST', `/api/v1/webhook-deliveries/${id}/resend`, nobody)).status).toBe(401);
});
