/** Tells the caller's callback address what became of the batch; the outbox sends it, signed, until it is heard. */
import { uuidOf } from '../../domain/ids.ts';
import { durationMs } from '../../domain/switches.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';
import { batchEvent } from './batch-event.ts';

/** How long a webhook is tried before it is given up and shown. */
export const webhookLife = '24h';

export function sendAcknowledgement({ batches, outbox, publicUrl, now, log }: WorkerDeps): JobType {
  return {
    type: 'send-acknowledgement',
    variables: ['batchId'],
    jobsMax: 8,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const batch = await batches.get(batchId);
      if (!batch?.callbackUrl) return undefined;
      const event = job.headers.event ?? 'batch.closed';
      const eventId = uuidOf(`${job.key}/${event}`);
      const body = JSON.stringify(batchEvent({ eventId, event, batch, publicUrl, at: now() }));
      const until = new Date(now().getTime() + durationMs(webhookLife));
      await outbox.add([
        {
          id: `webhook/${batchId}/${eventId}`,
          tenantId: batch.tenantId,
          batchId,
          entry: { kind: 'webhook', url: batch.callbackUrl, event, eventId, body, until },
        },
      ]);
      log.info('acknowledgement queued', { batchId, event, eventId });
      return undefined;
    },
  };
}
