/** What monitoring makes of Zeebe's records on the running hub: a batch seen element by element, killed half-way, made anew, and an incident. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createStack } from '../../local/stack.ts';
import { silentLog } from '../../platform/log.ts';
import { createZeebe, type Zeebe } from '../../platform/zeebe.ts';
import { json, openHub, type TenantClient } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const stack = createStack({ profile: 'test' });
const patience = { timeout: 60_000, interval: 100 };
let zeebe: Zeebe;
beforeAll(() => {
  zeebe = createZeebe(process.env.ZEEBE_ADDRESS!, silentLog);
});
afterAll(async () => {
  await zeebe.drain(5_000);
  await zeebe.close();
  await stack.up();
});

type Element = { readonly element_id: string; readonly active: number; readonly completed: number };
type Instance = {
  readonly key: string;
  readonly process_id: string;
  readonly state: string;
  readonly row: number | null;
};

test("a batch's processes are seen with their elements, and whoever is not its tenant sees none", async () => {
  const [tenant, other] = await Promise.all([hub.aTenant(), hub.aTenant()]);
  const rows = [...Array.from({ length: 5 }, () => aRow({ payment_mode: 'mojaloop' })), aRow({ payment_mode: 'slcb' })];
  const batchId = await tenant.accepted(csvOf(rows));
  await tenant.final(batchId);
  const instances = await instancesOf(tenant, batchId, 7);
  expect(instances.map(({ process_id: id }) => id).sort()).toEqual([
    'bulk-transfer',
    'pay-sub-batch',
    ...Array.from({ length: 5 }, () => 'transfer-mojaloop'),
  ]);
  const payment = instances.find(({ row }) => row === 1)!;
  const { body } = await tenant.call<{ elements: Element[]; state: string }>(
    `/api/v1/process-instances/${payment.key}`,
  );
  expect(body.elements[0]).toMatchObject({ element_id: 'Start_PaymentRequested', completed: 1 });
  expect(body.elements.at(-1)).toMatchObject({ element_id: 'End_PaymentSettled', completed: 1, active: 0 });
  const heat = await tenant.call<{ processes: { process_id: string; elements: Element[] }[] }>(
    `/api/v1/batches/${batchId}/heat`,
  );
  const transfers = heat.body.processes.find(({ process_id: id }) => id === 'transfer-mojaloop')!;
  expect(transfers).toMatchObject({ instances: { active: 0, completed: 5, terminated: 0 }, incidents: 0 });
  expect(transfers.elements.find(({ element_id: id }) => id === 'Task_Transfer')).toMatchObject({
    active: 0,
    completed: 5,
  });

  expect((await other.call(`/api/v1/process-instances/${payment.key}`)).status).toBe(404);
  expect((await other.call(`/api/v1/batches/${batchId}/heat`)).status).toBe(404);
  const { body: none } = await other.call<{ process_instances: unknown[] }>(
    `/api/v1/process-instances?batch=${batchId}`,
  );
  expect(none.process_instances).toEqual([]);
});

test('monitoring is killed and away while a batch is paid: the batch does not notice, nothing is missed, and made anew it is the same', async () => {
  const tenant = await hub.aTenant();
  const rows = Array.from({ length: 120 }, (_, at) =>
    aRow({ payment_mode: at % 2 === 0 ? 'mojaloop' : 'gsma', ends: at % 20 === 3 ? '0422' : '0001' }),
  );
  const batchId = await tenant.accepted(csvOf(rows), { switches: { 'splitting.sub-batch-size': 20 } });
  await vi.waitUntil(() => hub.c.processInstances.findOne({ batchId, row: { $exists: true } }), patience);
  await stack.kill('monitoring');
  await stack.start('monitoring');
  await tenant.until(batchId, ({ successful, failed }) => successful + failed >= 60);
  await stack.kill('monitoring');
  expect(await tenant.final(batchId)).toMatchObject({ successful: 114, failed: 6 });
  await stack.start('monitoring');
  await instancesOf(tenant, batchId, 121);
  const before = await projectionsOf(tenant);
  expect(before.instances).toHaveLength(121);
  const counted = before.heat.filter((heat) => heat.batchId === batchId && heat.processId !== 'bulk-transfer');
  expect(counted.reduce((sum, { completed }) => sum + completed, 0)).toBe(120);

  await stack.stop('monitoring');
  execFileSync(process.execPath, ['dist/monitoring/rebuild.js'], { env: { ...process.env, ...stack.env() } });
  expect(await hub.c.processInstances.countDocuments({})).toBe(0);
  await stack.start('monitoring');
  await expect.poll(() => projectionsOf(tenant), patience).toEqual(before);
});

test('a step that fails for good is an incident with its cause, closed once the step is done', async () => {
  const tenant = await hub.aTenant();
  const batchId = randomUUID();
  const name = `breaks-${batchId.slice(0, 8)}`;
  await zeebe.deploy([{ name: `${name}.bpmn`, xml: aBreakingModel(name) }]);
  let isMended = false;
  zeebe.serve({
    type: name,
    variables: [],
    jobsMax: 1,
    timeoutMs: 10_000,
    handle: async () =>
      isMended
        ? { kind: 'complete', variables: {} }
        : { kind: 'fail', message: 'Error: account 003001003874120160 is on fire', retries: 0, backOffMs: 0 },
  });
  const { processInstanceKey } = await zeebe.start(name, { tenantId: tenant.id, batchId });
  const incident = await vi.waitUntil(() => hub.c.incidents.findOne({ batchId }), patience);
  const { body } = await tenant.call(`/api/v1/incidents/${incident._id}`);
  expect(body).toMatchObject({
    state: 'open',
    process_id: name,
    process_instance_key: processInstanceKey,
    element_id: 'Task_Break',
    error_type: 'JOB_NO_RETRIES',
    message: 'Error: account …0160 is on fire',
    job_type: name,
    batch_id: batchId,
  });
  const { body: grouped } = await tenant.call('/api/v1/incidents?groupBy=cause');
  expect(grouped).toMatchObject({ causes: [{ count: 1, cause: incident.cause, newest: incident._id }] });
  const { body: instance } = await tenant.call(`/api/v1/process-instances/${processInstanceKey}`);
  expect(instance).toMatchObject({ state: 'active', incidents: 1, open_incidents: [{ key: incident._id }] });
  isMended = true;

  const resolve = (by: TenantClient) =>
    by.call(
      `/api/v1/incidents/${incident._id}/resolve`,
      json('POST', { reason: 'the fire is out' }, { 'X-User': 'olga' }),
    );
  expect((await resolve(await hub.aTenant())).status).toBe(404);
  const answers = await Promise.all([resolve(tenant), resolve(tenant)]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  await expect
    .poll(async () => (await tenant.call(`/api/v1/process-instances/${processInstanceKey}`)).body, patience)
    .toMatchObject({ state: 'completed', incidents: 0, open_incidents: [] });
  expect((await tenant.call(`/api/v1/incidents/${incident._id}`)).body).toMatchObject({ state: 'resolved' });
  expect((await resolve(tenant)).status).toBe(200);
  expect((await tenant.call(`/api/v1/incidents/${incident._id}/commands`)).body).toMatchObject({
    commands: [1, 2].map(() => ({ command: 'resolve', by: 'olga', reason: 'the fire is out', retries: 3 })),
  });
});

/** Once as many have ended. */
async function instancesOf(tenant: TenantClient, batchId: string, count: number): Promise<Instance[]> {
  const list = async () =>
    (
      await tenant.call<{ process_instances: Instance[] }>(
        `/api/v1/process-instances?batch=${batchId}&state=completed&limit=200`,
      )
    ).body;
  await expect.poll(async () => (await list()).process_instances.length, patience).toBe(count);
  return (await list()).process_instances;
}

async function projectionsOf({ id: tenantId }: TenantClient) {
  const [instances, incidents, heat] = await Promise.all([
    hub.c.processInstances.find({ tenantId }).sort({ _id: 1 }).toArray(),
    hub.c.incidents.find({ tenantId }).sort({ _id: 1 }).toArray(),
    hub.c.processHeat.find({ tenantId }).sort({ _id: 1 }).toArray(),
  ]);
  return { instances, incidents, heat };
}

/** One task, served by a job type of the model's name. */
function aBreakingModel(name: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://tributary">
  <bpmn:process id="${name}" isExecutable="true">
    <bpmn:startEvent id="Start"><bpmn:outgoing>Flow_1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="Flow_1" sourceRef="Start" targetRef="Task_Break" />
    <bpmn:serviceTask id="Task_Break">
      <bpmn:extensionElements><zeebe:taskDefinition type="${name}" retries="1" /></bpmn:extensionElements>
      <bpmn:incoming>Flow_1</bpmn:incoming><bpmn:outgoing>Flow_2</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="Flow_2" sourceRef="Task_Break" targetRef="End" />
    <bpmn:endEvent id="End"><bpmn:incoming>Flow_2</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>`;
}
