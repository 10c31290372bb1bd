/** Commands to a batch over HTTP, each answer as openapi.yaml promises it; what becomes of the payments is test/journeys/. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes } from '../domain/ids.ts';
import { aFile, formOf, openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const olga = { 'Content-Type': 'application/json', 'X-User': 'olga' };

test('pause, resume and cancel are done once, kept with who and why, and wake what they must', async () => {
  const { tenant, batchId, command } = await aBatch();
  const paused = await command('pause', 'first');
  expect(paused).toMatchObject({
    status: 200,
    json: { status: 'queued', hold: 'paused', by: 'olga', reason: 'first' },
  });
  expect((await command('pause', 'second')).json).toEqual(paused.json);
  expect(await command('resume')).toMatchObject({ status: 200, json: { hold: null } });
  expect(await command('resume')).toMatchObject({ status: 200, json: { hold: null } });
  const cancelled = await command('cancel', 'third');
  expect(cancelled).toMatchObject({ status: 202, json: { hold: 'cancelled' } });
  expect(cancelled.headers.get('location')).toBe(`/api/v1/batchtransactions/${batchId}`);
  expect((await command('cancel', 'fourth')).json).toEqual(cancelled.json);
  for (const word of ['pause', 'resume', 'retry']) {
    expect(await command(word)).toMatchObject({ status: 409, json: { batch_status: 'queued', hold: 'cancelled' } });
  }
  const { json } = await stand.call(tenant, 'GET', `/api/v1/batches/${batchId}/commands`);
  expect(json.commands.map(({ command: word, reason }: Record<string, string>) => [word, reason])).toEqual([
    ['pause', 'first'],
    ['resume', 'because'],
    ['cancel', 'third'],
  ]);
  const woken = await stand.deps.c.outbox.find({ batchId, _id: /^(cancel|approval)/ }).toArray();
  expect(woken.map(({ _id }) => _id).sort()).toEqual([`approval/${batchId}`, `cancel/${batchId}`]);
});

test('commands that come at the same time are one', async () => {
  const { batchId, command } = await aBatch();
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => command('cancel', `reason ${i}`)));
  expect(new Set(answers.map(({ json }) => `${json.reason} ${json.given_at}`)).size).toBe(1);
  expect(await stand.deps.c.commands.countDocuments({ batchId })).toBe(1);
});

test('a decision that was made stays, and a cancelled batch awaits none', async () => {
  const { tenant, batchId, command } = await aBatch();
  await stand.deps.batches.setStatus(batchId, 'awaiting_approval');
  await stand.deps.batches.decide({
    _id: batchId,
    tenantId: tenant,
    decision: 'approved',
    by: 'john',
    comment: '',
    at: new Date(),
  });
  await command('cancel');
  expect(await stand.deps.batches.decision(batchId)).toMatchObject({ decision: 'approved', by: 'john' });
});

test('a retry is answered with its child, which is there at once and linked both ways', async () => {
  const { tenant, batchId, command } = await aBatch();
  await refused(tenant, batchId, [1, 3]);
  const { status, headers, json } = await command('retry');
  expect({ status, json }).toMatchObject({ status: 202, json: { batch_id: batchId, k: 1, rows: 2, by: 'olga' } });
  expect(headers.get('location')).toBe(json.status_url);
  const child = await stand.call(tenant, 'GET', json.status_url);
  expect(child.json).toMatchObject({
    status: 'queued',
    maker: 'olga',
    file_name: 'payroll-retry-1.csv',
    retry_of: { batch_id: batchId, k: 1 },
  });
  const parent = await stand.call(tenant, 'GET', `/api/v1/batchtransactions/${batchId}`);
  expect(parent.json).toMatchObject({ retries: [{ k: 1, child: json.child, rows: 2, status: 'queued' }] });
  expect(await command('retry')).toMatchObject({ status: 409, json: { child: json.status_url } });
});

test('a retry that is asked for again under the same key is the same retry', async () => {
  const { tenant, batchId } = await aBatch();
  await refused(tenant, batchId, [1, 3]);
  const headers = { ...olga, 'Idempotency-Key': 'k-1' };
  const retry = () =>
    stand.call(tenant, 'POST', `/api/v1/batches/${batchId}/retry`, { headers, body: JSON.stringify({ reason: 'r' }) });
  const answers = await Promise.all([retry(), retry(), retry()]);
  expect(new Set(answers.map(({ status, json }) => `${status} ${json.child}`)).size).toBe(1);
  const again = await retry();
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.json).toEqual(answers[0]!.json);
  expect(await stand.deps.c.batches.countDocuments({ 'retryOf.batchId': batchId })).toBe(1);
});

test('what is not as it should be is named', async () => {
  const { tenant, batchId } = await aBatch();
  const path = `/api/v1/batches/${batchId}`;
  const post = (at: string, body: object, headers: Record<string, string> = olga, of = tenant) =>
    stand.call(of, 'POST', `${path}/${at}`, { headers, body: JSON.stringify(body) });
  expect(await post('pause', {})).toMatchObject({ status: 400, json: { errors: [{ name: 'reason' }] } });
  expect(await post('cancel', { reason: 'x'.repeat(501) })).toMatchObject({ status: 400 });
  const wrong = await post('retry', { reason: 5, maxRows: '7', errorCodes: [500] });
  expect(wrong.json.errors.map(({ name }: { name: string }) => name).sort()).toEqual([
    'errorCodes',
    'maxRows',
    'reason',
  ]);
  expect(await post('pause', { reason: 'why' }, { 'Content-Type': 'application/json' })).toMatchObject({ status: 401 });
  const stranger = await stand.tenant();
  for (const at of ['pause', 'resume', 'cancel', 'retry']) {
    expect(await post(at, { reason: 'why' }, olga, stranger)).toMatchObject({ status: 404 });
  }
  expect(await stand.call(stranger, 'GET', `${path}/commands`)).toMatchObject({ status: 404 });
});

async function aBatch() {
  const tenant = await stand.tenant({ switches: { 'approval.enable': true } });
  const { json } = await stand.call(tenant, 'POST', '/batchtransactions?type=csv', { body: formOf(aFile(3)) });
  const batchId: string = json.batch_id;
  const command = (word: string, reason = 'because') =>
    stand.call(tenant, 'POST', `/api/v1/batches/${batchId}/${word}`, {
      headers: olga,
      body: JSON.stringify({ reason }),
    });
  return { tenant, batchId, command };
}

/** As if the batch had ended with these of its rows refused by their rail. */
async function refused(tenantId: string, batchId: string, rows: readonly number[]): Promise<void> {
  const at = new Date();
  await stand.deps.c.outcomes.insertMany(
    rows.map((row) => ({
      _id: rowKeyBytes(batchId, row),
      tenantId,
      sub: 1,
      status: 'rejected' as const,
      stage: 'rail' as const,
      code: 422 as const,
      minor: 85_000n,
      currency: 'USD',
      at,
    })),
  );
  await stand.deps.c.batches.updateOne({ _id: batchId }, { $set: { status: 'completed', closedAt: at, rows: 3 } });
}
