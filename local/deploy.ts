/** `make deploy`: checks a model against the code, then deploys it, also as one tenant's own version. */
import { resolve } from 'node:path';
import { checkModels, problemText } from '../bpmn/check-models.ts';
import { knownNames } from '../bpmn/known-names.ts';
import { modelFiles, readModels } from '../bpmn/read-files.ts';
import { tenantModel, tenantName } from '../bpmn/tenant-model.ts';
import { silentLog } from '../platform/log.ts';
import { connectMongo } from '../platform/mongo.ts';
import { createZeebe } from '../platform/zeebe.ts';
import { collectionsOf } from '../store/collections.ts';
import { createStack } from './stack.ts';

const [file, tenant] = process.argv.slice(2);

/** Without a file: every model that came with the hub. */
async function deploy(): Promise<void> {
  const models = readModels(file ? [resolve(file)] : modelFiles(process.cwd()));
  const env = createStack({ say: () => undefined }).env();
  const problems = await checkModels(models, knownNames(process.cwd(), env));
  if (problems.length > 0) throw new Error(`nothing was deployed:\n  ${problems.map(problemText).join('\n  ')}`);
  const zeebe = createZeebe(env.ZEEBE_ADDRESS!, silentLog);
  const mongo = await connectMongo(env.MONGODB_URI!);
  try {
    const c = collectionsOf(mongo);
    if (tenant && !(await c.tenants.findOne({ _id: tenant }))) {
      const there = (await c.tenants.find().toArray()).map(({ _id }) => _id).join(', ');
      throw new Error(`there is no tenant ${tenant}; there are ${there}`);
    }
    for (const { file: name, xml } of models) {
      const [deployed] = await zeebe.deploy([{ name, xml: tenant ? await tenantModel(xml, tenant) : xml }]);
      if (!deployed) throw new Error(`${name} holds no process`);
      if (tenant) await recordTenantModel(deployed.processId);
      else await recordModel(deployed.processId);
      console.log(`deployed ${deployed.processId} version ${deployed.version}; running instances keep theirs`);
    }

    /** So that a model of one rail instance is found; its key is no fingerprint, and keeps nothing from being deployed. */
    async function recordModel(processId: string): Promise<void> {
      const _id = `${processId}.bpmn/deployed`;
      await c.models.updateOne({ _id }, { $set: { name: `${processId}.bpmn`, at: new Date() } }, { upsert: true });
    }

    async function recordTenantModel(processId: string): Promise<void> {
      const common = processId.slice(0, -tenantName('', tenant!).length);
      const facts = { tenantId: tenant!, processId: common, at: new Date() };
      await c.tenantModels.updateOne({ _id: processId }, { $set: facts }, { upsert: true });
    }
  } finally {
    await Promise.all([zeebe.close(), mongo.close()]);
  }
}

await deploy().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
