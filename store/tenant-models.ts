/** Which name starts a process for a tenant: the tenant's own version of the model where one is deployed, else the common one. */
import { transferProcessOf } from '../domain/process.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';

export type TenantModels = ReturnType<typeof createTenantModels>;

export function createTenantModels(c: Pick<Collections, 'tenantModels' | 'models'>) {
  const names = {
    /** `name`: the common process id or the message that starts it. */
    async nameFor(
      processId: string,
      tenantId: string,
      name: string = processId,
      session?: ClientSession,
    ): Promise<string> {
      const own = await c.tenantModels.findOne({ _id: `${processId}-${tenantId}` }, { session });
      return own ? `${name}-${tenantId}` : name;
    },
  };

  return {
    ...names,

    /** The process of a payment over a rail instance: its own model where one is deployed, else that of its kind. */
    async transferFor(rail: { id: string; kind: string }, tenantId: string, session?: ClientSession): Promise<string> {
      const [own, common] = [transferProcessOf(rail.id), transferProcessOf(rail.kind)];
      if (own === common) return names.nameFor(common, tenantId, common, session);
      const ofTenant = await names.nameFor(own, tenantId, own, session);
      if (ofTenant !== own || (await c.models.findOne({ name: `${own}.bpmn` }, { session }))) return ofTenant;
      return names.nameFor(common, tenantId, common, session);
    },
  };
}
