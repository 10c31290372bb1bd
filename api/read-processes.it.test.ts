import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HeatDoc, IncidentDoc, ProcessInstanceDoc, ProcessModelDoc } from '../store/process-documents.ts';
import { openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const at = (second: number) => new Date(Date.UTC(2026, 2, 31, 12, 0, second));
const aKey = () => String(2_251_799_813_685_248n + BigInt(randomInt(1, 2 ** 47)));

describe('models', () => {
  test("are listed with the tenant's own counts, of all of Zeebe's partitions, and another tenant's own model is not", async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const common = await aModel('bulk-transfer');
    const own = await aModel(`bulk-transfer-${other}`);
    await stand.deps.c.tenantModels.insertOne({
      _id: own.processId,
      tenantId: other,
      processId: 'bulk-transfer',
      at: at(0),
    });
    await aHeat(tenant, common, 1);
    await aHeat(tenant, common, 2);
    await aHeat(other, common, 1);
    const { json } = await stand.call(tenant, 'GET', '/api/v1/processes');
    const listed = json.processes.filter(({ key }: { key: string }) => [common._id, own._id].includes(key));
    expect(listed).toMatchObject([
      { key: common._id, instances: { active: 2, completed: 6, terminated: 2 }, incidents: 2 },
    ]);
    const { json: heat } = await stand.call(tenant, 'GET', `/api/v1/processes/${common._id}/heat`);
    expect(heat.elements).toEqual([{ element_id: 'Task', active: 2, completed: 8, terminated: 0, incidents: 2 }]);

    expect((await stand.call(other, 'GET', `/api/v1/processes/${own._id}/model`)).text).toBe('<model/>');
    for (const what of ['model', 'heat']) {
      expect((await stand.call(tenant, 'GET', `/api/v1/processes/${own._id}/${what}`)).status).toBe(404);
    }
    expect((await stand.call(tenant, 'GET', '/api/v1/processes/not-a-key/model')).status).toBe(404);
  });
});

describe('process instances', () => {
  test('are found by model, version, state, batch and payment, newest first, a page at a time', async () => {
    const tenant = await stand.tenant();
    const batchId = randomUUID();
    const made = [];
    for (let n = 0; n < 7; n += 1) {
      const state = n === 3 ? 'active' : 'completed';
      made.push(
        await anInstance(tenant, {
          batchId,
          row: n,
          endToEndId: randomUUID(),
          startedAt: at(Math.floor(n / 2)),
          state,
        }),
      );
    }
    await anInstance(tenant, { processId: 'bulk-transfer', version: 2 });
    const keys = async (query: string) => {
      const { status, json, text } = await stand.call(tenant, 'GET', `/api/v1/process-instances?${query}`);
      expect(status, text).toBe(200);
      return { keys: json.process_instances.map(({ key }: { key: string }) => key), next: json.next_cursor };
    };
    const all = [];
    for (
      let query = `batch=${batchId}&limit=3`, page = await keys(query);
      ;
      page = await keys(`${query}&cursor=${page.next}`)
    ) {
      all.push(...page.keys);
      if (page.next === null) break;
    }
    const newestFirst = [...made].sort(
      (a, b) => b.startedAt.getTime() - a.startedAt.getTime() || (a._id < b._id ? 1 : -1),
    );
    expect(all).toEqual(newestFirst.map(({ _id }) => _id));
    expect((await keys(`batch=${batchId}&state=active`)).keys).toEqual([made[3]!._id]);
    expect((await keys(`payment=${made[5]!.endToEndId}`)).keys).toEqual([made[5]!._id]);
    expect((await keys('process=bulk-transfer&version=2')).keys).toHaveLength(1);
    expect((await keys('process=bulk-transfer&version=1')).keys).toEqual([]);
  });

  test('of a single payment are found by its transactionId', async () => {
    const tenant = await stand.tenant();
    const [transactionId, other] = [randomUUID(), await stand.tenant()];
    const { _id } = await anInstance(tenant, { batchId: transactionId, row: 1 });
    const path = `/api/v1/process-instances?payment=${transactionId}`;
    expect((await stand.call(tenant, 'GET', path)).json.process_instances).toMatchObject([{ key: _id }]);
    expect((await stand.call(other, 'GET', path)).json.process_instances).toEqual([]);
  });

  test('tell their elements and open incidents to their tenant only', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const counts = { entered: 3, completed: 2, terminated: 0, incidents: 1, failures: 4 };
    const lastFailure = { at: at(3), jobType: 'pay-toy', retries: 0, message: 'no' };
    const element = { id: 'Task', type: 'SERVICE_TASK', ...counts, firstAt: at(1), lastAt: at(2), lastFailure };
    const { _id } = await anInstance(tenant, { elements: [element], incidents: 1 });
    const incident = await anIncident(tenant, { instanceKey: _id });
    await anIncident(tenant, { instanceKey: _id, state: 'resolved', resolvedAt: at(9) });
    const { json } = await stand.call(tenant, 'GET', `/api/v1/process-instances/${_id}`);
    expect(json).toMatchObject({
      key: _id,
      elements: [{ element_id: 'Task', active: 1, completed: 2, failures: 4, last_failure: { retries: 0 } }],
      open_incidents: [{ key: incident._id }],
    });
    expect((await stand.call(other, 'GET', `/api/v1/process-instances/${_id}`)).status).toBe(404);
  });

  test('are not asked for in words that are not known', async () => {
    const tenant = await stand.tenant();
    for (const query of ['version=1', 'state=lost', 'batch=1', 'cursor=nonsense', 'limit=0', 'colour=red']) {
      expect((await stand.call(tenant, 'GET', `/api/v1/process-instances?${query}`)).status, query).toBe(400);
    }
  });
});

describe('incidents', () => {
  test('are listed open ones first asked for, by batch and by cause, and grouped by it', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const [batchId, common, rare] = [randomUUID(), randomUUID(), randomUUID()];
    const first = await anIncident(tenant, { cause: common, batchId, createdAt: at(1) });
    const second = await anIncident(tenant, { cause: common, createdAt: at(2) });
    const third = await anIncident(tenant, { cause: rare, createdAt: at(3) });
    const done = await anIncident(tenant, { cause: rare, state: 'resolved', resolvedAt: at(5), createdAt: at(4) });
    await anIncident(other, { cause: common });
    const keys = async (query: string) =>
      (await stand.call(tenant, 'GET', `/api/v1/incidents?${query}`)).json.incidents.map(
        ({ key }: { key: string }) => key,
      );
    expect(await keys('')).toEqual([third, second, first].map(({ _id }) => _id));
    expect(await keys('state=all')).toEqual([done, third, second, first].map(({ _id }) => _id));
    expect(await keys(`batch=${batchId}`)).toEqual([first._id]);
    expect(await keys(`cause=${common}`)).toEqual([second._id, first._id]);
    const page = (await stand.call(tenant, 'GET', '/api/v1/incidents?limit=2')).json;
    expect(await keys(`limit=2&cursor=${page.next_cursor}`)).toEqual([first._id]);
    const { json } = await stand.call(tenant, 'GET', '/api/v1/incidents?groupBy=cause');
    expect(json.causes).toMatchObject([
      { cause: common, count: 2, newest: second._id, first_at: at(1).toISOString(), last_at: at(2).toISOString() },
      { cause: rare, count: 1, newest: third._id },
    ]);
    for (const path of [`/api/v1/incidents/${first._id}`, `/api/v1/incidents/${first._id}/commands`]) {
      expect((await stand.call(other, 'GET', path)).status).toBe(404);
    }
    expect((await stand.call(tenant, 'GET', `/api/v1/incidents/${first._id}`)).json).toMatchObject({
      key: first._id,
      state: 'open',
    });
  });
});

describe('resolving', () => {
  test('says who and why, is kept, and asks nothing of Zeebe where the incident is resolved', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const open = await anIncident(tenant);
    const done = await anIncident(tenant, { state: 'resolved', resolvedAt: at(9) });
    const resolve = (whose: string, key: string, body: object, by: Record<string, string> = { 'X-User': 'olga' }) =>
      stand.call(whose, 'POST', `/api/v1/incidents/${key}/resolve`, {
        headers: { 'Content-Type': 'application/json', ...by },
        body: JSON.stringify(body),
      });
    const reason = 'the certificate was renewed';
    expect((await resolve(tenant, open._id, { reason }, {})).status).toBe(401);
    expect((await resolve(tenant, open._id, { reason, retries: 0 })).status).toBe(400);
    expect((await resolve(tenant, open._id, {})).status).toBe(400);
    expect((await resolve(other, open._id, { reason })).status).toBe(404);
    expect((await resolve(tenant, done._id, { reason })).status).toBe(200);
    expect((await resolve(tenant, open._id, { reason, retries: 7 })).status).toBe(202);
    const commands = async (key: string) =>
      (await stand.call(tenant, 'GET', `/api/v1/incidents/${key}/commands`)).json.commands;
    expect(await commands(open._id)).toMatchObject([{ command: 'resolve', retries: 7, by: 'olga', reason }]);
    expect(await commands(done._id)).toEqual([]);
  });
});

async function aModel(processId: string): Promise<ProcessModelDoc> {
  const doc = {
    _id: aKey(),
    processId,
    version: 1,
    resourceName: `${processId}.bpmn`,
    xml: '<model/>',
    deployedAt: at(0),
  };
  await stand.deps.c.processModels.insertOne(doc);
  return doc;
}

async function aHeat(
  tenantId: string,
  { _id: modelKey, processId }: ProcessModelDoc,
  partition: number,
): Promise<void> {
  const counts = { started: 5, completed: 3, terminated: 1, incidents: 1 };
  const elements = [{ id: 'Task', entered: 5, completed: 4, terminated: 0, incidents: 1 }];
  const _id = `${tenantId}/${modelKey}/${partition}`;
  const doc: HeatDoc = { _id, partition, position: 1, tenantId, modelKey, processId, version: 1, ...counts, elements };
  await stand.deps.c.processHeat.insertOne(doc);
}

async function anInstance(tenantId: string, like: Partial<ProcessInstanceDoc> = {}): Promise<ProcessInstanceDoc> {
  const doc: ProcessInstanceDoc = {
    _id: aKey(),
    partition: 1,
    position: 1,
    tenantId,
    modelKey: '77',
    processId: 'transfer-toy',
    version: 1,
    state: 'active',
    startedAt: at(0),
    incidents: 0,
    elements: [],
    ...like,
  };
  await stand.deps.c.processInstances.insertOne(doc);
  return doc;
}

async function anIncident(tenantId: string, like: Partial<IncidentDoc> = {}): Promise<IncidentDoc> {
  const doc: IncidentDoc = {
    _id: aKey(),
    partition: 1,
    position: 1,
    tenantId,
    instanceKey: '78',
    modelKey: '77',
    processId: 'transfer-toy',
    version: 1,
    elementId: 'Task',
    errorType: 'JOB_NO_RETRIES',
    message: 'Error: no',
    cause: randomUUID(),
    state: 'open',
    createdAt: at(0),
    ...like,
  };
  await stand.deps.c.incidents.insertOne(doc);
  return doc;
}
