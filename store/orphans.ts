/** Process instances and incidents that name no tenant: a model that somebody started by hand. Nobody but the hub's own people sees them. */
import type { Filter } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { IncidentDoc, ProcessInstanceDoc } from './process-documents.ts';
import type { Place } from './read-processes.ts';

export type Orphans = ReturnType<typeof createOrphans>;

const ofNobody = { tenantId: { $exists: false } } as const;

export function createOrphans(c: Pick<Collections, 'processInstances' | 'incidents'>) {
  return {
    /** The newest first. */
    async instances(
      state: ProcessInstanceDoc['state'] | undefined,
      after: Place | undefined,
      limit: number,
    ): Promise<ProcessInstanceDoc[]> {
      const query = { ...ofNobody, ...(state && { state }), ...behind('startedAt', after) };
      return c.processInstances
        .find(query as Filter<ProcessInstanceDoc>)
        .sort({ startedAt: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },

    async incidents(
      state: IncidentDoc['state'] | undefined,
      after: Place | undefined,
      limit: number,
    ): Promise<IncidentDoc[]> {
      const query = { ...ofNobody, ...(state && { state }), ...behind('createdAt', after) };
      return c.incidents
        .find(query as Filter<IncidentDoc>)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },

    async incident(key: string): Promise<IncidentDoc | undefined> {
      return (await c.incidents.findOne({ _id: key, ...ofNobody } as Filter<IncidentDoc>)) ?? undefined;
    },
  };
}

function behind(field: string, after: Place | undefined) {
  if (!after) return {};
  return { [field]: { $lte: after.at }, $or: [{ [field]: { $lt: after.at } }, { _id: { $lt: after.key } }] };
}
