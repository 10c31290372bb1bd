/** Outcomes that came after a batch was merged or closed: its results are made again and its caller is told. */
import { messages } from '../domain/process.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc } from './documents.ts';
import type { Outbox } from './outbox.ts';
import { createTenantModels } from './tenant-models.ts';

/** `id` says which change it was; the same change is announced once. */
export async function announceLateResults(
  c: Collections,
  outbox: Outbox,
  batch: Pick<BatchDoc, '_id' | 'tenantId' | 'switches' | 'callbackUrl'>,
  id: string,
  dueAt?: Date,
): Promise<void> {
  const { _id: batchId, tenantId, switches } = batch;
  const name = await createTenantModels(c).nameFor('late-results', tenantId, messages.batchResultsChanged);
  const variables = { tenantId, batchId, switches, hasCallback: Boolean(batch.callbackUrl) };
  const entry = { kind: 'message', name, key: batchId, messageId: `changed/${batchId}/${id}`, variables } as const;
  await outbox.add([{ id: `changed/${batchId}/${id}`, tenantId, batchId, dueAt, entry }]);
}
