/** Notices over HTTP, each answer as openapi.yaml promises it: texts, who wants none, what became of them, and what is refused. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes } from '../domain/ids.ts';
import { defaultSwitches } from '../domain/switches.ts';
import { createNotices, noticeKey } from '../store/notices.ts';
import { aFile, formOf, openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const olga = { 'Content-Type': 'application/json', 'X-User': 'olga' };

const send = (tenant: string, method: string, path: string, body?: unknown) =>
  stand.call(tenant, method, path, { headers: olga, ...(body !== undefined && { body: JSON.stringify(body) }) });

test('a text is put, read, previewed and removed; until then, and after, the hub’s own is read', async () => {
  const tenant = await stand.tenant();
  const texts = `/api/v1/tenants/${tenant}/notice-templates`;
  const own = `${texts}/email/completed/pt-BR`;
  expect(await send(tenant, 'GET', own)).toMatchObject({ status: 404 });
  const words = { subject: 'De {{sender}}', text: '{{amount}} {{currency}}' };
  expect(await send(tenant, 'PUT', own, words)).toMatchObject({ status: 200, json: { language: 'pt-br', ...words } });
  expect(await send(tenant, 'GET', own)).toMatchObject({ status: 200, json: { source: 'tenant', ...words } });
  const asked = { channel: 'email', outcome: 'completed', language: 'pt-br' };
  const preview = (more = {}) => send(tenant, 'POST', `${texts}/preview`, { ...asked, ...more });
  expect((await preview()).json).toMatchObject({ source: 'tenant', subject: `De ${tenant}`, text: '1250.50 USD' });
  expect((await preview({ language: 'fr-SN' })).json).toMatchObject({ source: 'hub', language: 'fr' });
  expect((await preview({ subject: 'x', text: '{{note}}' })).json).toMatchObject({
    source: 'draft',
    text: 'Salary March',
  });
  const { json: listed } = await send(tenant, 'GET', texts);
  expect(listed.templates.filter(({ source }: { source: string }) => source === 'tenant')).toMatchObject([words]);
  expect(Object.keys(listed.placeholders)).toContain('amount');
  expect(await send(tenant, 'DELETE', own)).toMatchObject({ status: 200, json: { source: 'hub', language: 'en' } });
  expect(await send(tenant, 'DELETE', own)).toMatchObject({ status: 404 });
  expect((await preview()).json).toMatchObject({ source: 'hub', language: 'en' });
});

test('a text that cannot be is refused with all that is wrong, and another tenant’s is nobody’s business', async () => {
  const [tenant, other] = [await stand.tenant(), await stand.tenant()];
  const texts = `/api/v1/tenants/${tenant}/notice-templates`;
  const wrong = await send(tenant, 'PUT', `${texts}/email/completed/en`, { text: '{{who}} {{amount' });
  expect(wrong.status).toBe(400);
  expect(wrong.json.errors.map(({ name }: { name: string }) => name)).toEqual(['subject', 'text', 'text']);
  const path = await send(tenant, 'PUT', `${texts}/fax/paid/english!`, { text: 'x' });
  expect(path.json.errors.map(({ name }: { name: string }) => name)).toEqual(['channel', 'outcome', 'language']);
  expect(await send(other, 'GET', texts)).toMatchObject({ status: 404 });
});

test('an opt-out is said once, shown masked, lifted with a reason, and of its tenant alone', async () => {
  const [tenant, other] = [await stand.tenant(), await stand.tenant()];
  const path = '/api/v1/notice-opt-outs';
  const asked = { identifier_type: 'MSISDN', identifier: '+232 76 123456', reason: 'replied STOP' };
  const first = await send(tenant, 'POST', path, { ...asked, channel: 'sms' });
  expect(first).toMatchObject({ status: 201, json: { identifier: '…3456', channel: 'sms', by: 'olga' } });
  expect(await send(tenant, 'POST', path, { ...asked, identifier: '23276123456', channel: 'sms' })).toMatchObject({
    status: 200,
    json: { id: first.json.id },
  });
  expect(await send(tenant, 'POST', path, asked)).toMatchObject({ status: 200, json: { channel: null } });
  expect((await send(other, 'POST', path, asked)).json.id).not.toBe(first.json.id);
  const wrong = await send(tenant, 'POST', path, { identifier_type: 'msisdn', identifier: 'call me' });
  expect(wrong.json.errors.map(({ name }: { name: string }) => name)).toEqual(['reason', 'identifier']);
  expect(wrong.text).not.toContain('call me');
  const page = await send(tenant, 'GET', `${path}?limit=1`);
  expect(page.json).toMatchObject({ opt_outs: [{ id: first.json.id }], next_cursor: expect.any(String) });
  expect((await send(tenant, 'GET', `${path}?cursor=${page.json.next_cursor}`)).json.opt_outs).toEqual([]);
  expect(await send(other, 'DELETE', `${path}/${first.json.id}`, { reason: 'x' })).toMatchObject({ status: 404 });
  expect(await send(tenant, 'DELETE', `${path}/${first.json.id}`, { reason: 'asked again' })).toMatchObject({
    status: 200,
  });
  const { json: audit } = await send(tenant, 'GET', '/api/v1/audit?object=opt-out');
  expect(audit.entries.map(({ action }: { action: string }) => action).sort()).toEqual([
    'opt-out.add',
    'opt-out.add',
    'opt-out.remove',
  ]);
  expect(JSON.stringify(audit)).not.toContain('123456');
});

test('notices are counted and paged; a resend takes those that failed, once, and says so in the audit', async () => {
  const tenant = await stand.tenant();
  const { json: batch } = await stand.call(tenant, 'POST', '/batchtransactions?type=csv', { body: formOf(aFile(1)) });
  const path = `/api/v1/batches/${batch.batch_id}/notices`;
  expect((await send(tenant, 'GET', path)).json).toMatchObject({ state: 'off', counts: [], notices: [] });
  expect(await send(tenant, 'POST', `${path}/resend`, { reason: 'x' })).toMatchObject({ status: 409 });
  const notices = createNotices(stand.deps.c);
  await notices.ask(batch.batch_id, tenant, { ...defaultSwitches.notify, channels: ['email'] });
  const at = new Date();
  const common = {
    tenantId: tenant,
    channel: 'email',
    outcome: 'completed',
    tries: 1,
    round: 0,
    at,
    until: at,
  } as const;
  const id = (row: number) => noticeKey(rowKeyBytes(batch.batch_id, row), 'email', 'completed');
  await notices.plan([
    { _id: id(1), ...common, state: 'sent', dueAt: null, endedAt: at, reference: '4F2A' },
    { _id: id(2), ...common, state: 'failed', reason: 'smtp-550', dueAt: null, endedAt: at },
    { _id: id(3), ...common, state: 'unknown', reason: 'answer-lost', dueAt: null, endedAt: at },
  ]);
  const first = await send(tenant, 'GET', `${path}?limit=2`);
  expect(first.json).toMatchObject({
    state: 'planning',
    notices: [
      { row: 1, reference: '4F2A' },
      { row: 2, reason: 'smtp-550' },
    ],
  });
  const next = await send(tenant, 'GET', `${path}?limit=2&cursor=${first.json.next_cursor}`);
  expect(next.json).toMatchObject({ notices: [{ row: 3, state: 'unknown' }], next_cursor: null });
  expect((await send(tenant, 'GET', `${path}?state=failed`)).json.notices).toMatchObject([{ row: 2 }]);
  const wrong = await send(tenant, 'POST', `${path}/resend`, { states: ['sent'], channel: 'fax' });
  expect(wrong.json.errors.map(({ name }: { name: string }) => name)).toEqual(['reason', 'channel', 'states']);
  const reason = 'the mail server was mended';
  expect((await send(tenant, 'POST', `${path}/resend`, { reason })).json).toMatchObject({ count: 1 });
  expect((await send(tenant, 'POST', `${path}/resend`, { reason })).json).toMatchObject({ count: 0 });
  expect((await send(tenant, 'GET', `${path}?state=waiting`)).json.notices).toMatchObject([{ row: 2, reason: null }]);
  const { json: audit } = await send(tenant, 'GET', '/api/v1/audit?action=notices.resend');
  expect(audit.entries).toMatchObject([
    { why: reason },
    { why: reason, before: { counts: [{ reason: 'smtp-550', count: 1 }] } },
  ]);
});
