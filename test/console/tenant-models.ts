/** The common model of a batch with a change, deployed as a tenant's own. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { tenantModel } from '../../bpmn/tenant-model.ts';
import type { Zeebe } from '../../platform/zeebe.ts';
import type { Hub } from '../hub.ts';

export async function deployForTenant(
  { hub, zeebe }: { readonly hub: Hub; readonly zeebe: Zeebe },
  tenantId: string,
  change: (xml: string) => string,
): Promise<void> {
  const common = await readFile('bpmn/bulk-transfer.bpmn', 'utf8');
  const changed = change(common);
  expect(changed).not.toBe(common);
  const [deployed] = await zeebe.deploy([{ name: 'bulk-transfer.bpmn', xml: await tenantModel(changed, tenantId) }]);
  const facts = { tenantId, processId: 'bulk-transfer', at: new Date() };
  await hub.c.tenantModels.updateOne({ _id: deployed!.processId }, { $set: facts }, { upsert: true });
}

/** Stuck before the result is written, until somebody sets `mergeTries`. */
export function asksForMergeTries(xml: string): string {
  return xml.replaceAll(
    '<zeebe:taskDefinition type="merge-results" retries="5" />',
    '<zeebe:taskDefinition type="merge-results" retries="=mergeTries" />',
  );
}
