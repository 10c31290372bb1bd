/** A ministry that knows its people by their own numbers: registers them, sends files that name nobody's account, and sees them paid. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { signatureOf } from '../../platform/webhook-client.ts';
import { json, ledgerOf, openHub, type TenantClient } from '../hub.ts';
import { anIdentifier, aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const welfare = { 'X-Registering-Institution-ID': 'welfare' };
const path = '/api/v1/beneficiaries';
const aPerson = (identity: string, mode: string, type: string, identifier: string, institution?: string) => ({
  ...{ payee_identity: identity, payment_mode: mode, identifier_type: type, identifier },
  ...(institution !== undefined && { institution }),
});
const send = (tenant: TenantClient, method: string, people: unknown[]) =>
  tenant.call<{ done: number }>(path, json(method, { beneficiaries: people }, welfare));
const named = (identity: string) =>
  aRow({ payment_mode: '', payee_identifier_type: 'beneficiaryId', payee_identifier: identity });

test.concurrent('a file of nothing but names is paid over several rails, and keeps its own cells', async () => {
  const tenant = await hub.aTenant();
  const people = [
    aPerson('P-1', 'slcb', 'accountNumber', anIdentifier()),
    aPerson('P-2', 'gsma', 'msisdn', `232761${anIdentifier().slice(-5)}`, 'orange'),
    aPerson('P-3', 'mojaloop', 'mosip', anIdentifier()),
    aPerson('P-4', 'gsma', 'msisdn', `232772${anIdentifier().slice(-5)}`, 'africell'),
  ];
  expect(await send(tenant, 'POST', people)).toMatchObject({ status: 200, body: { done: 4 } });
  const payees = ['P-1', 'P-2', 'P-3', 'P-4', 'P-1', 'P-9'];
  const file = csvOf([...payees.map(named), aRow()]);
  const { batch_id: batchId, ...status } = await tenant.paid(file, {
    headers: welfare,
    switches: { 'splitting.by-institution': true },
  });
  expect(status).toMatchObject({
    status: 'completed',
    successful: 6,
    failed: 1,
    reasons: { not_found: 1, invalid: 0 },
  });
  const lines = await tenant.lines(batchId);
  expect(lines.map((line) => line.own)).toEqual(file.trimEnd().split('\n').slice(1));
  expect(lines[5]).toMatchObject({
    status: 'FAILURE',
    code: '404',
    description: expect.stringContaining('registered'),
  });
  const ledger = await ledgerOf(batchId, [1, 2, 3, 4, 5, 6]);
  expect(ledger.size).toBe(5);
  payees.slice(0, 5).forEach((identity, at) => {
    const { payment_mode, identifier } = people.find((one) => one.payee_identity === identity)!;
    expect(ledger.get(at + 1)).toMatchObject({ rail: payment_mode, payee: identifier, executed: 1 });
  });
  const parts = await tenant.call<{ sub_batches: { rail: string; institution: string | null; total: number }[] }>(
    `/api/v1/batches/${batchId}/sub-batches`,
  );
  const shapes = parts.body.sub_batches.map(({ rail, institution, total }) => `${rail} ${institution} ${total}`);
  expect(shapes.sort()).toEqual(['gsma africell 1', 'gsma orange 1', 'mojaloop null 1', 'slcb null 3']);
  const errors = await tenant.call(`/api/v1/batches/${batchId}/row-errors`);
  expect(errors.body).toMatchObject({ errors: [{ row: 6, code: 'beneficiary_unknown' }] });
  const others = await tenant.paid(csvOf([named('P-1')]));
  expect(others, 'a file of no institution').toMatchObject({ failed: 1, reasons: { not_found: 1 } });
  // Whoever was missing is registered, and only their row is sent again.
  const late = anIdentifier();
  await send(tenant, 'POST', [aPerson('P-9', 'slcb', 'accountNumber', late)]);
  const retry = json('POST', { reason: 'registered now' }, { 'X-User': 'olga' });
  const { body } = await tenant.call<{ child: string }>(`/api/v1/batches/${batchId}/retry`, retry);
  expect(await tenant.final(body.child)).toMatchObject({ total: 1, successful: 1 });
  expect((await ledgerOf(body.child, [1])).get(1)).toMatchObject({ rail: 'slcb', payee: late });
});

test.concurrent('the account that was approved is the one that is paid, whatever the mapper says by then', async () => {
  const tenant = await hub.aTenant({ switches: { 'approval.enable': true } });
  const [before, after] = [anIdentifier(), anIdentifier()];
  await send(tenant, 'POST', [aPerson('P-1', 'slcb', 'accountNumber', before)]);
  const batchId = await tenant.accepted(csvOf([named('P-1')]), { headers: welfare });
  const { approval } = await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  const moved = await send(tenant, 'PUT', [aPerson('P-1', 'slcb', 'accountNumber', after)]);
  expect(moved.body).toMatchObject({ done: 1 });
  const decision = { decision: 'approve', count: approval!.count, totals: approval!.totals };
  const decided = await tenant.call(
    `/api/v1/batches/${batchId}/approval`,
    json('POST', decision, { 'X-User': 'anna' }),
  );
  expect(decided.status, decided.text).toBeLessThan(300);
  expect(await tenant.final(batchId)).toMatchObject({ successful: 1 });
  expect((await ledgerOf(batchId, [1])).get(1)).toMatchObject({ payee: before, executed: 1 });
});

test.concurrent('what Payment Hub EE’s mapper is asked is told to the callback, signed', async () => {
  const tenant = await hub.aTenant();
  const told: { method?: string; isSigned: boolean; body: Record<string, unknown> }[] = [];
  const server = createServer(async (req, res) => {
    const pieces: Buffer[] = [];
    for await (const piece of req) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const signature = String(req.headers['x-tributary-signature']);
    const at = new Date(Number(/t=(\d+)/.exec(signature)?.[1]) * 1_000);
    const isSigned = signature === signatureOf([tenant.secret], at, text);
    told.push({ method: req.method, isSigned, body: JSON.parse(text) });
    res.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const callback = { 'X-CallbackURL': `http://127.0.0.1:${(server.address() as AddressInfo).port}/told` };
    const modes = json('PUT', { modes: { msisdn: 'gsma' } }, { 'X-User': 'ada' });
    expect((await tenant.call(`/api/v1/tenants/${tenant.id}/mapper`, modes)).status).toBe(200);
    const entry = {
      payeeIdentity: '3001',
      paymentModality: '01',
      financialAddress: '23276123456',
      bankingInstitutionCode: 'gorilla',
    };
    const beneficiaries = [entry, { ...entry, payeeIdentity: '3002', paymentModality: '09' }];
    const ask = (to: string, requestID: string) =>
      tenant.call(to, json('POST', { requestID, sourceBBID: 'welfare', beneficiaries }, { ...callback, ...welfare }));
    expect(await ask('/beneficiary', 'r-1')).toMatchObject({
      status: 202,
      body: { responseCode: '00', requestID: 'r-1' },
    });
    expect(await ask('/accountLookup', 'r-2')).toMatchObject({ status: 202 });
    await vi.waitFor(() => expect(told).toHaveLength(2), { timeout: 30_000 });
    expect(told.map(({ method, isSigned }) => [method, isSigned])).toEqual([
      ['PUT', true],
      ['PUT', true],
    ]);
    const byId = new Map(told.map(({ body }) => [body.registerRequestID ?? body.requestId, body]));
    expect(byId.get('r-1')).toMatchObject({ numberFailedCases: 1, failedCases: [{ payeeIdentity: '3002' }] });
    expect(byId.get('r-2')).toMatchObject({ registeringInstitutionId: 'welfare', beneficiaryDTOList: [entry] });
  } finally {
    server.close();
  }
});
