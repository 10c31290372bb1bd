/** The modeler's door on the running hub: `make deploy`, a tenant's own version, and batches that keep theirs. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json, openHub, type TenantClient } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const run = promisify(execFile);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

test("a tenant's own version of a model is that tenant's only", async () => {
  const receiver = await hub.aReceiver();
  const [owner, other] = await Promise.all([1, 2].map(() => hub.aTenant({ notificationUrl: receiver.url })));
  const said = await deploy(await aModel('payroll.closed'), owner!.id);
  expect(said).toMatch(/^deployed bulk-transfer-tenant-\w+ version 1;/);
  const [own, common] = await Promise.all([owner!.accepted(csvOf([aRow()])), other!.accepted(csvOf([aRow()]))]);
  expect(await receiver.next('payroll.closed', own)).toMatchObject({ isSigned: true, body: { status: 'completed' } });
  expect(await receiver.next('batch.closed', common)).toMatchObject({ body: { status: 'completed' } });
  expect(receiver.namesOf(own)).toEqual(['batch.received', 'payroll.closed']);
  expect(receiver.namesOf(common)).toEqual(['batch.closed', 'batch.received']);
});

test('deployed again while a batch runs: that batch keeps its version, the next one has the new', async () => {
  const receiver = await hub.aReceiver();
  const tenant = await hub.aTenant({
    notificationUrl: receiver.url,
    switches: { 'approval.enable': true },
  });
  await deploy(await aModel('first.closed'), tenant.id);
  const running = await aWaitingBatch(tenant);
  expect(await deploy(await aModel('second.closed'), tenant.id)).toContain('version 2; running instances keep theirs');
  const next = await aWaitingBatch(tenant);
  await Promise.all([running, next].map((batchId) => approve(tenant, batchId)));
  await receiver.next('first.closed', running);
  await receiver.next('second.closed', next);
  expect(receiver.namesOf(running)).toEqual(['batch.received', 'first.closed']);
  expect(receiver.namesOf(next)).toEqual(['batch.received', 'second.closed']);
});

test('a model that the code cannot serve is not deployed, and the modeler is told why', async () => {
  const tenant = await hub.aTenant();
  const file = await aModel('batch.closed', (xml) => xml.replace('type="merge-results"', 'type="merge-result"'));
  await expect(deploy(file, tenant.id)).rejects.toThrow(/nothing was deployed:[\s\S]*merge-result/);
  const batchId = await tenant.accepted(csvOf([aRow()]));
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed' });
});

/** The common model whose last notification has another name. */
async function aModel(event: string, change = (xml: string) => xml): Promise<string> {
  const common = await readFile('bpmn/bulk-transfer.bpmn', 'utf8');
  const [before, task, after] = common.split(/(<bpmn:serviceTask id="Task_NotifyClosing"[\s\S]*?<\/bpmn:serviceTask>)/);
  const file = join(folder, `${event}.bpmn`);
  await writeFile(file, change(`${before}${task!.replace('value="batch.closed"', `value="${event}"`)}${after}`));
  return file;
}

/** `make deploy MODEL=… TENANT=…` */
async function deploy(file: string, tenantId: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['dist/local/deploy.js', file, tenantId], {
    env: { ...process.env, PROFILE: 'test' },
  });
  return stdout;
}

async function aWaitingBatch(tenant: TenantClient): Promise<string> {
  const batchId = await tenant.accepted(csvOf([aRow()]));
  await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  return batchId;
}

async function approve(tenant: TenantClient, batchId: string): Promise<void> {
  const decision = { decision: 'approve', count: 1, totals: { USD: '12.50' } };
  const { status, text } = await tenant.call(
    `/api/v1/batches/${batchId}/approval`,
    json('POST', decision, { 'X-User': 'john' }),
  );
  expect(status, text).toBe(200);
}
