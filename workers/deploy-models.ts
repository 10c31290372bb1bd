/** Deploys the models that came with this version, each once; what a modeler deployed since stays in force. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../platform/log.ts';
import type { Zeebe } from '../platform/zeebe.ts';
import type { Collections } from '../store/collections.ts';

/** Every .bpmn of `folder` whose bytes were not deployed before; answers their names. */
export async function deployModels(
  folder: string,
  zeebe: Pick<Zeebe, 'deploy'>,
  c: Collections,
  log: Log,
): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.bpmn')).sort();
  const models = await Promise.all(
    names.map(async (name) => ({ name, xml: await readFile(join(folder, name), 'utf8') })),
  );
  const known = new Set((await c.models.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id));
  const fresh = models.filter((model) => !known.has(modelId(model)));
  if (fresh.length === 0) return [];
  const deployed = await zeebe.deploy(fresh);
  for (const model of fresh) {
    await c.models.updateOne(
      { _id: modelId(model) },
      { $setOnInsert: { name: model.name, at: new Date() } },
      { upsert: true },
    );
  }
  log.info('models deployed', { deployed: deployed.map(({ processId, version }) => `${processId} v${version}`) });
  return fresh.map(({ name }) => name);
}

function modelId({ name, xml }: { name: string; xml: string }): string {
  return `${name}/${createHash('sha256').update(xml).digest('hex')}`;
}
