/** What operators do to payments, rails, incidents and instances, over HTTP: done once, kept with who and why, audited, refused where it does not fit. */
import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { endToEndIdOf, rowKeyBytes } from '../../domain/ids.ts';
import type { IncidentDoc, ProcessInstanceDoc } from '../../store/process-documents.ts';
import { openStand, type Stand } from '../stand.ts';
import { plannedBatch } from './planned-batch.ts';

let stand: Stand;
const cancelled: string[] = [];
const set: [string, object][] = [];
beforeAll(async () => {
  stand = await openStand({
    zeebe: {
      resolveIncident: async () => true,
      cancelInstance: async (key) => cancelled.push(key) > 0,
      setVariables: async (key, variables) => set.push([key, variables]) > 0,
    },
  });
});
afterAll(() => stand.close());

const get = async (tenant: string, path: string, by = 'olga') =>
  stand.call(tenant, 'GET', `/api/v1${path}`, { headers: { 'X-User': by } });
const post = (tenant: string, path: string, body: object, by = 'olga', headers: Record<string, string> = {}) =>
  stand.call(tenant, 'POST', `/api/v1${path}`, {
    headers: { 'Content-Type': 'application/json', 'X-User': by, ...headers },
    body: JSON.stringify(body),
  });
const auditOf = async (tenant: string) =>
  (await stand.deps.c.auditEntries.find({ tenantId: tenant }).sort({ _id: 1 }).toArray()).map(({ action }) => action);

async function aBatch(tenantId: string) {
  const { _id } = await plannedBatch(stand.deps.c, {
    tenantId,
    subBatches: [{ rail: 'gsma', rows: ['done', '422', 'unknown', 'open', 'unknown'] }],
  });
  return { batchId: _id, id: (row: number) => endToEndIdOf(_id, row) };
}

describe('a payment', () => {
  test('tells its life, with what a person may do about it, also found by the search', async () => {
    const tenant = await stand.tenant();
    const { batchId, id } = await aBatch(tenant);
    const unknown = (await get(tenant, `/payments/${id(3)}`)).json;
    expect(unknown).toMatchObject({
      end_to_end_id: id(3),
      batch_id: batchId,
      row: 3,
      state: 'unknown',
      unknown: { why: 'no answer in time' },
      outcome: null,
      actions: ['ask', 'hand_mark'],
      process_instance_key: '2251799813685249',
      payee: { masked: true },
    });
    expect(unknown.timeline.map(({ kind }: { kind: string }) => kind)).toEqual(['accepted', 'dispatched', 'claimed']);
    const refused = (await get(tenant, `/payments/${id(2)}`)).json;
    expect(refused).toMatchObject({
      state: 'failed',
      outcome: { code: 422, rail_text: 'the rail said no' },
      actions: [],
    });
    expect(refused.timeline.at(-1)).toMatchObject({
      kind: 'outcome',
      title: 'Not paid: The rail or the payee refused it',
    });
    const { json } = await get(tenant, `/search?q=${id(2)}`);
    expect(json.hits).toEqual([expect.objectContaining({ kind: 'payment', id: id(2), batch_id: batchId, row: 2 })]);
    const other = await stand.tenant();
    expect((await get(other, `/search?q=${id(2)}`)).json.hits).toEqual([]);
    expect((await get(other, `/search?q=${batchId}`)).json.hits).toEqual([]);
  });

  test('shows its exchanges in their order, with how long an answer took, and no long numbers', async () => {
    const tenant = await stand.tenant();
    const { id } = await aBatch(tenant);
    const at = (ms: number) => new Date(Date.UTC(2026, 2, 31, 13) + ms);
    const base = { tenantId: tenant, attempt: 1 };
    await stand.deps.c.exchanges.insertMany([
      { ...base, _id: `${id(3)}/a`, at: at(0), direction: 'request', summary: 'POST /transactions for 27710100003' },
      {
        ...base,
        _id: `${id(3)}/b`,
        at: at(132),
        direction: 'answer',
        summary: 'HTTP 202',
        httpStatus: 202,
        answer: 'accepted',
      },
    ]);
    const { json, text } = await get(tenant, `/payments/${id(3)}`);
    expect(json.timeline.slice(-2)).toMatchObject([
      { kind: 'exchange', direction: 'request', title: 'Sent: POST /transactions for …0003', ms: null },
      { kind: 'exchange', direction: 'answer', http_status: 202, answer: 'accepted', ms: 132 },
    ]);
    expect(text).not.toContain('27710100003');
  });

  test('shows its parties in full to whoever may see them, and the audit knows', async () => {
    const tenant = await stand.tenant();
    const { id } = await aBatch(tenant);
    const { json } = await get(tenant, `/payments/${id(1)}/parties`);
    expect(json.payee).toMatchObject({ id: '27710100001', masked: false });
    expect(await auditOf(tenant)).toEqual(['payment.see-parties']);
    const clerk = { headers: { 'X-User': 'sue', 'X-Roles': 'submitter' } };
    expect((await stand.call(tenant, 'GET', `/api/v1/payments/${id(1)}/parties`, clerk)).status).toBe(403);
  });

  test('is asked about once for one key, only where there is something to ask', async () => {
    const tenant = await stand.tenant();
    const { batchId, id } = await aBatch(tenant);
    const key = { 'Idempotency-Key': randomUUID() };
    const first = await post(tenant, `/payments/${id(3)}/ask`, { reason: 'the payee waits' }, 'olga', key);
    expect(first).toMatchObject({ status: 202, json: { asked: true, by: 'olga', reason: 'the payee waits' } });
    await stand.deps.c.asks.deleteMany({ tenantId: tenant });
    const again = await post(tenant, `/payments/${id(3)}/ask`, { reason: 'again' }, 'paul', key);
    expect(again.json).toEqual(first.json);
    expect(await stand.deps.c.asks.countDocuments({ tenantId: tenant })).toBe(0);
    for (const row of [1, 2, 4]) {
      expect((await post(tenant, `/payments/${id(row)}/ask`, { reason: 'why' })).json.type).toMatch(
        /payment-not-unknown$/,
      );
    }
    const all = await post(tenant, `/batches/${batchId}/ask-unknowns`, { reason: 'the rail is back' });
    expect(all).toMatchObject({ status: 202, json: { batch_id: batchId, asked: 2 } });
    expect(await stand.deps.c.asks.countDocuments({ tenantId: tenant, rail: 'gsma' })).toBe(2);
    expect(await auditOf(tenant)).toEqual(['payment.ask', 'batch.ask-unknowns']);
    expect((await get(tenant, `/payments/${id(3)}`)).json.timeline.at(-1)).toMatchObject({
      kind: 'command',
      by: 'olga',
    });
    expect((await post(tenant, `/payments/${id(3)}/ask`, {})).json.errors).toMatchObject([{ name: 'reason' }]);
  });
});

describe('marking by hand', () => {
  const proposal = {
    outcome: 'completed',
    evidence: 'line 14 of the statement',
    reference: 'FT1',
    reason: 'the rail forgot',
  };
  const seen = { outcome: 'completed', amount: '100.00', currency: 'USD', reason: 'I saw it' };

  test('needs two people who saw the same, is written once, and wakes what waits', async () => {
    const tenant = await stand.tenant();
    const { batchId, id } = await aBatch(tenant);
    const path = `/payments/${id(3)}/hand-mark`;
    expect((await post(tenant, `${path}/confirm`, seen, 'paul')).json.type).toMatch(/no-hand-mark$/);
    const proposed = await post(tenant, path, proposal);
    expect(proposed).toMatchObject({ status: 202, json: { state: 'proposed', by: 'olga', amount: '100.00' } });
    expect((await post(tenant, path, proposal)).json).toEqual(proposed.json);
    expect((await post(tenant, path, { ...proposal, outcome: 'rejected' })).json.type).toMatch(/hand-mark-waits$/);
    expect((await post(tenant, `${path}/confirm`, seen, 'Olga')).json.type).toMatch(/maker-is-checker$/);
    expect((await post(tenant, `${path}/confirm`, { ...seen, amount: '99.00' }, 'paul')).json.type).toMatch(
      /totals-changed$/,
    );
    expect((await get(tenant, '/hand-marks?state=proposed')).json.hand_marks).toMatchObject([{ end_to_end_id: id(3) }]);
    const confirmed = await post(tenant, `${path}/confirm`, seen, 'paul');
    expect(confirmed).toMatchObject({ status: 200, json: { state: 'confirmed', decided_by: 'paul' } });
    expect((await post(tenant, `${path}/confirm`, seen, 'paul')).json).toEqual(confirmed.json);
    expect((await post(tenant, `${path}/confirm`, seen, 'peter')).json.type).toMatch(/no-hand-mark$/);
    const outcome = await stand.deps.c.outcomes.findOne({ _id: rowKeyBytes(batchId, 3) });
    expect(outcome).toMatchObject({ status: 'completed', stage: 'manual', sub: 1, reference: 'FT1', by: 'paul' });
    const woken = await stand.deps.c.outbox.find({ batchId }).toArray();
    expect(woken.map(({ entry }) => entry.kind).sort()).toEqual(['count', 'message', 'message']);
    expect((await get(tenant, `/unknowns?batch=${batchId}`)).json.unknowns).toMatchObject([
      { row: 5, hand_mark: null },
    ]);
    expect(await auditOf(tenant)).toEqual(['payment.mark-propose', 'payment.mark-confirm']);
    const { json } = await get(tenant, `/payments/${id(3)}`);
    expect(json).toMatchObject({ state: 'done', outcome: { stage: 'manual' }, hand_mark: { state: 'confirmed' } });
  });

  test('is over when the rail was faster, refused when somebody refuses, and never begins where the payment is not unknown', async () => {
    const tenant = await stand.tenant();
    const { batchId, id } = await aBatch(tenant);
    for (const row of [1, 2, 4]) {
      expect((await post(tenant, `/payments/${id(row)}/hand-mark`, proposal)).json.type).toMatch(
        /payment-not-unknown$/,
      );
    }
    await post(tenant, `/payments/${id(5)}/hand-mark`, proposal);
    expect((await post(tenant, `/payments/${id(5)}/hand-mark/refuse`, { reason: 'no' }, 'paul')).json.state).toBe(
      'refused',
    );
    expect((await post(tenant, `/payments/${id(5)}/hand-mark/confirm`, seen, 'paul')).json.type).toMatch(
      /no-hand-mark$/,
    );
    expect((await post(tenant, `/payments/${id(5)}/hand-mark`, proposal)).status).toBe(202);
    const money = { minor: 10_000n, currency: 'USD', at: new Date() };
    await stand.deps.c.outcomes.insertOne({
      ...{ _id: rowKeyBytes(batchId, 5), tenantId: tenant, sub: 1, status: 'rejected', stage: 'rail', ...money },
    });
    expect((await post(tenant, `/payments/${id(5)}/hand-mark/confirm`, seen, 'paul')).json.type).toMatch(
      /payment-not-unknown$/,
    );
    expect(await stand.deps.c.outcomes.findOne({ _id: rowKeyBytes(batchId, 5) })).toMatchObject({ stage: 'rail' });
    // What got its outcome is unknown no more, whoever forgot to say so.
    expect((await get(tenant, `/unknowns?batch=${batchId}`)).json.unknowns).toMatchObject([{ row: 3 }]);
    const wrong = await post(tenant, `/payments/${id(3)}/hand-mark`, {
      outcome: 'paid',
      evidence: '',
      reference: 7,
      reason: '',
    });
    expect(wrong.json.errors.map(({ name }: { name: string }) => name).sort()).toEqual([
      ...['evidence', 'outcome', 'reason', 'reference'],
    ]);
  });

  test('by many at once stands once', async () => {
    const tenant = await stand.tenant();
    const { batchId, id } = await aBatch(tenant);
    const path = `/payments/${id(3)}/hand-mark`;
    const people = Array.from({ length: 6 }, (_, i) => `person-${i}`);
    const proposals = await Promise.all(people.map((by) => post(tenant, path, proposal, by)));
    expect(proposals.filter(({ status }) => status === 202)).toHaveLength(1);
    const maker = proposals.find(({ status }) => status === 202)!.json.by;
    const others = people.filter((by) => by !== maker);
    const answers = await Promise.all(others.map((by) => post(tenant, `${path}/confirm`, seen, by)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await stand.deps.c.handMarks.countDocuments({ batchId })).toBe(1);
  });
});

describe('conflicts, approvals, rails', () => {
  test('a conflict is resolved by a word that stands, and changes no outcome', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const { batchId, id } = await aBatch(tenant);
    const _id = `${id(1)}/rejected`;
    await stand.deps.c.conflicts.insertOne({
      ...{
        _id,
        tenantId: tenant,
        batchId,
        row: 1,
        at: new Date(),
        had: 'completed',
        got: 'rejected',
        text: 'reversed',
      },
    });
    expect((await get(other, '/conflicts')).json.conflicts).toEqual([]);
    const [open] = (await get(tenant, '/conflicts')).json.conflicts;
    expect(open).toMatchObject({ end_to_end_id: id(1), rail: 'gsma', amount: '100.00', resolved: null });
    expect((await post(other, `/conflicts/${open.id}/resolve`, { reason: 'r' })).status).toBe(404);
    const first = await post(tenant, `/conflicts/${open.id}/resolve`, { reason: 'the bank reversed it' });
    expect(first.json.resolved).toMatchObject({ by: 'olga', reason: 'the bank reversed it' });
    expect((await post(tenant, `/conflicts/${open.id}/resolve`, { reason: 'other' }, 'paul')).json).toEqual(first.json);
    expect((await get(tenant, '/conflicts')).json.conflicts).toEqual([]);
    expect((await get(tenant, '/conflicts?state=resolved')).json.conflicts).toHaveLength(1);
    expect((await get(tenant, `/payments/${id(1)}`)).json.state).toBe('done');
    expect(await auditOf(tenant)).toEqual(['conflict.resolve']);
  });

  test('approvals wait for whoever did not make them', async () => {
    const tenant = await stand.tenant();
    const { _id } = await plannedBatch(stand.deps.c, {
      tenantId: tenant,
      doc: { status: 'awaiting_approval', dispatchedAt: undefined },
      subBatches: [{ rail: 'gsma', status: 'created', rows: ['open', 'open'] }],
    });
    const [mine] = (await get(tenant, '/approvals', 'Mary')).json.approvals;
    expect(mine).toMatchObject({
      batch_id: _id,
      maker: 'mary',
      count: 2,
      totals: { USD: '200.00' },
      may_decide: false,
    });
    expect((await get(tenant, '/approvals')).json.approvals[0].may_decide).toBe(true);
    expect((await get(tenant, '/summary')).json.waiting.approvals).toMatchObject({ count: 1, mine: 1 });
    expect((await get(tenant, '/summary', 'mary')).json.waiting.approvals).toMatchObject({ count: 1, mine: 0 });
    const operator = { headers: { 'X-User': 'olga', 'X-Roles': 'operator' } };
    const asOperator = async (path: string) => (await stand.call(tenant, 'GET', `/api/v1${path}`, operator)).json;
    expect((await asOperator('/approvals')).approvals[0].may_decide).toBe(false);
    expect((await asOperator('/summary')).waiting.approvals).toMatchObject({ count: 1, mine: 0 });
  });

  test('a rail is paused for its tenant until resumed, once, and is away where nobody tells of it', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const railOf = async (of: string) =>
      (await get(of, '/rails')).json.rails.find(({ rail }: { rail: string }) => rail === 'gsma');
    const at = new Date();
    const told = { rail: 'gsma', at, type: 'PAYMENT' as const, inside: 2, waiting: 1, lag: 3, pauses: ['zeebe'] };
    const rates = { callsPerSecond: 2.04, errorsPerMinute: 1, expireAt: new Date(at.getTime() + 600_000) };
    await stand.deps.c.railStates.insertOne({ _id: `gsma/${randomUUID()}`, ...told, ...rates, circuit: 'closed' });
    expect(await railOf(tenant)).toMatchObject({
      state: 'up',
      processes: expect.any(Number),
      circuit: { state: 'closed' },
    });
    const paused = await post(tenant, '/rails/gsma/pause', { reason: 'the bank called' });
    expect(paused.json.paused).toMatchObject({ by: 'olga', reason: 'the bank called', scope: 'tenant' });
    expect((await post(tenant, '/rails/gsma/pause', { reason: 'again' }, 'paul')).json).toEqual(paused.json);
    expect(await railOf(tenant)).toMatchObject({ state: 'paused', state_text: 'paused by olga: the bank called' });
    expect((await railOf(other)).state).toBe('up');
    expect((await post(tenant, '/rails/gsma/resume', { reason: 'they are back' })).json.paused).toBeNull();
    expect((await railOf(tenant)).state).toBe('up');
    expect((await post(tenant, '/rails/none/pause', { reason: 'r' })).status).toBe(404);
    await stand.deps.c.railStates.insertOne({
      ...{ _id: `gsma/${randomUUID()}`, ...told, ...rates, circuit: 'open', circuitSince: at, lastError: 'HTTP 503' },
    });
    expect(await railOf(tenant)).toMatchObject({ state: 'circuit_open', circuit: { state: 'open' } });
    await stand.deps.c.railStates.updateMany({ rail: 'gsma' }, { $set: { at: new Date(0) } });
    expect(await railOf(tenant)).toMatchObject({ state: 'away', processes: 0 });
    await stand.deps.c.railStates.deleteMany({ rail: 'gsma' });
  });
});

describe('processes', () => {
  test('many incidents are resolved together after a preview, and only the tenant’s', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const cause = randomUUID();
    const mine = await Promise.all([1, 2, 3].map(() => anIncident(tenant, { cause })));
    await anIncident(other, { cause });
    const preview = await post(tenant, '/incidents/resolve', { cause, reason: 'r', dryRun: true });
    expect(preview).toMatchObject({ status: 200, json: { incidents: 3, resolved: 0, left: 0, at_least: false } });
    expect(await stand.deps.c.incidentCommands.countDocuments({ tenantId: tenant })).toBe(0);
    const done = await post(tenant, '/incidents/resolve', { cause, reason: 'renewed', retries: 5 });
    expect(done).toMatchObject({ status: 202, json: { incidents: 3, resolved: 3, failed: [] } });
    const commands = await stand.deps.c.incidentCommands.find({ tenantId: tenant }).toArray();
    expect(commands.map(({ incidentKey }) => incidentKey).sort()).toEqual(mine.map(({ _id }) => _id).sort());
    const one = await post(tenant, '/incidents/resolve', { keys: [mine[0]!._id, '1'], reason: 'r', dryRun: true });
    expect(one.json.incidents).toBe(1);
    expect((await post(tenant, '/incidents/resolve', { reason: 'r' })).status).toBe(400);
    expect(
      (await post(tenant, '/incidents/resolve', { cause: 'x', keys: [], retries: 0, dryRun: 1, reason: '' })).json
        .errors,
    ).toHaveLength(5);
    expect((await get(tenant, '/summary')).json.stuck.incidents).toMatchObject({ count: 3, causes: 1 });
  });

  test('an instance is cancelled and its variables are set once for one key; whom it works for stays', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const active = await anInstance(tenant);
    const ended = await anInstance(tenant, { state: 'completed' });
    const path = `/process-instances/${active._id}`;
    const key = { 'Idempotency-Key': randomUUID() };
    const body = { variables: { decision: 'approved' }, reason: 'the message was lost' };
    expect(await post(tenant, `${path}/variables`, body, 'olga', key)).toMatchObject({ status: 202 });
    expect(await post(tenant, `${path}/variables`, body, 'olga', key)).toMatchObject({ status: 202 });
    expect(set.filter(([scope]) => scope === active._id)).toEqual([[active._id, { decision: 'approved' }]]);
    for (const name of ['tenantId', 'batchId', 'row', 'rail', 'not a name']) {
      expect((await post(tenant, `${path}/variables`, { variables: { [name]: 1 }, reason: 'r' })).status).toBe(400);
    }
    expect((await post(tenant, `${path}/variables`, { variables: { a: 'x'.repeat(5_000) }, reason: 'r' })).status).toBe(
      400,
    );
    expect(await post(tenant, `${path}/cancel`, { reason: 'stuck' })).toMatchObject({ status: 202 });
    expect(cancelled).toContain(active._id);
    expect((await post(other, `${path}/cancel`, { reason: 'r' })).status).toBe(404);
    expect((await post(tenant, `/process-instances/${ended._id}/cancel`, { reason: 'r' })).json.type).toMatch(
      /instance-ended$/,
    );
    const { json } = await get(tenant, `${path}/commands`);
    expect(json.commands).toMatchObject([
      { command: 'set-variables', names: ['decision'] },
      { command: 'cancel-instance' },
    ]);
    expect(await auditOf(tenant)).toEqual(['process-instance.set-variables', 'process-instance.cancel']);
    const { json: found } = await get(tenant, `/search?q=${active._id}`);
    expect(found.hits).toMatchObject([{ kind: 'process_instance', id: active._id }]);
  });
});

test('cancel and retry are previewed with rows and money', async () => {
  const tenant = await stand.tenant();
  const open = await plannedBatch(stand.deps.c, {
    tenantId: tenant,
    subBatches: [
      { rail: 'gsma', rows: ['done', 'unknown', 'open'] },
      { rail: 'slcb', status: 'ready', rows: ['open', 'open'] },
    ],
  });
  expect((await get(tenant, `/batches/${open._id}/cancel/preview`)).json).toMatchObject({
    ...{ rows: 2, totals: { USD: '200.00' }, in_flight: { rows: 2, totals: { USD: '200.00' } }, is_applicable: true },
  });
  expect((await get(tenant, `/batches/${open._id}/retry/preview`)).json).toMatchObject({ is_applicable: false });
  const closed = await plannedBatch(stand.deps.c, {
    tenantId: tenant,
    bad: 1,
    doc: { status: 'completed', closedAt: new Date() },
    subBatches: [{ rail: 'gsma', status: 'settled', rows: ['done', '404', '422', '422', '410'] }],
  });
  const preview = async (query: string) => (await get(tenant, `/batches/${closed._id}/retry/preview${query}`)).json;
  expect(await preview('')).toMatchObject({
    ...{ k: 1, rows: 3, totals: { USD: '300.00' }, left_out: { bad_rows: 1, cancelled: 1 }, is_applicable: true },
  });
  expect(await preview('?errorCodes=404')).toMatchObject({ rows: 1 });
  expect(await preview('?maxRows=2')).toMatchObject({ rows: 2, totals: { USD: '200.00' } });
  expect((await get(tenant, `/batches/${closed._id}/retry/preview?errorCodes=7`)).status).toBe(400);
  expect((await get(tenant, `/batches/${closed._id}/cancel/preview`)).json).toMatchObject({ is_applicable: false });
});

test('the summary counts what moves, what is stuck and what waits, of the tenant alone', async () => {
  const [tenant, other] = [await stand.tenant(), await stand.tenant()];
  await aBatch(tenant);
  const { json } = await get(tenant, '/summary');
  expect(json.moving).toMatchObject({ batches: { count: 1 }, counts: { total: 5, unknown: 2 } });
  expect(json.stuck.unknowns).toMatchObject({ count: 2, totals: { USD: '200.00' }, oldest_since: expect.any(String) });
  const { json: theirs } = await get(other, '/summary');
  expect(theirs.moving.batches.count).toBe(0);
  expect(theirs.stuck.unknowns.count).toBe(0);
});

test('events tell the tenant what changed, and nobody else', async () => {
  const [tenant, other] = [await stand.tenant(), await stand.tenant()];
  const [mine, theirs] = [await anEar(tenant), await anEar(other)];
  const { batchId } = await aBatch(tenant);
  await anIncident(tenant, { batchId });
  await vi.waitUntil(() => /event: incident/.test(mine.heard()) && /event: batch/.test(mine.heard()), {
    timeout: 10_000,
  });
  expect(mine.heard()).toContain(`"batch_id":"${batchId}"`);
  expect(mine.heard()).toContain('"status":"processing"');
  await anIncident(other);
  await vi.waitUntil(() => /event: incident/.test(theirs.heard()), { timeout: 10_000 });
  expect(theirs.heard()).not.toContain(batchId);
  const wrong = await stand.call(tenant, 'GET', '/api/v1/events?topics=love');
  expect(wrong.status).toBe(400);
  mine.close();
  theirs.close();
});

async function anEar(tenant: string) {
  const stop = new AbortController();
  const answer = await fetch(`${stand.url}/api/v1/events`, {
    headers: { 'Platform-TenantId': tenant },
    signal: stop.signal,
  });
  expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
  let text = '';
  void (async () => {
    for await (const piece of answer.body!) text += Buffer.from(piece).toString();
  })().catch(() => undefined);
  return { heard: () => text, close: () => stop.abort() };
}

const aKey = () => String(2_251_799_813_685_248n + BigInt(randomInt(1, 2 ** 47)));

async function anInstance(tenantId: string, like: Partial<ProcessInstanceDoc> = {}): Promise<ProcessInstanceDoc> {
  const doc: ProcessInstanceDoc = {
    ...{ _id: aKey(), partition: 1, position: 1, tenantId, modelKey: '77', processId: 'transfer-toy', version: 1 },
    ...{ state: 'active', startedAt: new Date(), incidents: 0, elements: [] },
    ...like,
  };
  await stand.deps.c.processInstances.insertOne(doc);
  return doc;
}

async function anIncident(tenantId: string, like: Partial<IncidentDoc> = {}): Promise<IncidentDoc> {
  const doc: IncidentDoc = {
    ...{
      _id: aKey(),
      partition: 1,
      position: 1,
      tenantId,
      instanceKey: '78',
      modelKey: '77',
      processId: 'transfer-toy',
    },
    ...{ version: 1, elementId: 'Task', errorType: 'JOB_NO_RETRIES', message: 'Error: no', cause: randomUUID() },
    ...{ state: 'open', createdAt: new Date() },
    ...like,
  };
  await stand.deps.c.incidents.insertOne(doc);
  return doc;
}
