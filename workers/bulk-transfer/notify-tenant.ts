/** Sends the tenant's notification address a signed event; the model's header says which. Modelers add more of these freely. */
import { uuidOf } from '../../domain/ids.ts';
import { durationMs } from '../../domain/switches.ts';
import { type JobType, textVariable, Unrecoverable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';
import { batchEvent } from './batch-event.ts';
import { webhookLife } from './send-acknowledgement.ts';

export function notifyTenant({ c, batches, outbox, publicUrl, now }: WorkerDeps): JobType {
  return {
    type: 'notify-tenant',
    variables: ['batchId', 'tenantId'],
    jobsMax: 8,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const event = job.headers.event;
      if (!event)
        throw new Unrecoverable(`${job.elementId} has no header "event": say what happened, such as batch.received`);
      const tenant = await c.tenants.findOne({ _id: textVariable(job, 'tenantId') });
      const batch = await batches.get(batchId);
      if (!tenant?.notificationUrl || !batch) return undefined;
      const eventId = uuidOf(`${job.key}/${event}`);
      const body = JSON.stringify(batchEvent({ eventId, event, batch, publicUrl, at: now() }));
      const until = new Date(now().getTime() + durationMs(webhookLife));
      await outbox.add([
        {
          id: `notify/${batchId}/${eventId}`,
          tenantId: tenant._id,
          batchId,
          entry: { kind: 'webhook', url: tenant.notificationUrl, event, eventId, body, until },
        },
      ]);
      return undefined;
    },
  };
}
