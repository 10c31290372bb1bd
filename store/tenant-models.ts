/** Which name starts a process for a tenant: the tenant's own version of the model where one is deployed, else the common one. */
import type { ClientSession } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';

export type TenantModels = ReturnType<typeof createTenantModels>;

export function createTenantModels(c: Pick<Collections, 'tenantModels'>) {
  return {
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
}
