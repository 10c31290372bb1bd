/** Reads the projections for people and programs, of one tenant at a time; writes nothing. Lists go newest first. */
import type { TenantId } from '../domain/ids.ts';
import type { Filter } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type {
  ElementCounts,
  HeatDoc,
  IncidentCommandDoc,
  IncidentDoc,
  ProcessInstanceDoc,
  ProcessModelDoc,
} from './process-documents.ts';

export type ReadProcesses = ReturnType<typeof createReadProcesses>;

export type InstanceFilter = {
  readonly tenantId: TenantId;
  readonly processId?: string;
  readonly version?: number;
  readonly state?: ProcessInstanceDoc['state'];
  readonly batchId?: string;
  /** An endToEndId, or the transactionId of a single payment. */
  readonly payment?: string;
};
export type IncidentFilter = {
  readonly tenantId: TenantId;
  readonly state?: IncidentDoc['state'];
  readonly batchId?: string;
  readonly instanceKey?: string;
  readonly cause?: string;
};
/** The last one seen; the next page begins behind it. */
export type Place = { readonly at: Date; readonly key: string };
export type ListedModel = Omit<ProcessModelDoc, 'xml'>;

export type Counts = Pick<HeatDoc, 'started' | 'completed' | 'terminated' | 'incidents'>;
/** Counts of one model, of all of Zeebe's partitions together. */
export type Heat = Counts &
  Pick<HeatDoc, 'modelKey' | 'processId' | 'version'> & { readonly elements: ElementCounts[] };

export type Cause = {
  readonly cause: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** The newest. */
  readonly newest: IncidentDoc;
};

const modelsMax = 1_000;
const causesMax = 200;
const commandsMax = 1_000;
/** Beyond it a group's count is "at least": nobody waits for a million to be counted. */
export const groupedMax = 50_000;

export function createReadProcesses(c: Collections) {
  /** The common ones and the tenant's own. */
  async function isVisible(tenantId: TenantId): Promise<(model: { processId: string }) => boolean> {
    const owned = await c.tenantModels.find({ tenantId: { $ne: tenantId } }, { projection: { _id: 1 } }).toArray();
    const others = new Set(owned.map(({ _id }) => _id));
    return ({ processId }) => !others.has(processId);
  }

  return {
    async models(tenantId: TenantId): Promise<ListedModel[]> {
      const [models, visible] = await Promise.all([
        c.processModels
          .find({}, { projection: { xml: 0 } })
          .sort({ processId: 1, version: -1 })
          .limit(modelsMax)
          .toArray(),
        isVisible(tenantId),
      ]);
      return models.filter(visible);
    },

    async model(tenantId: TenantId, key: string): Promise<ProcessModelDoc | undefined> {
      const [model, visible] = await Promise.all([c.processModels.findOne({ _id: key }), isVisible(tenantId)]);
      return model && visible(model) ? model : undefined;
    },

    /** Of everything the tenant's instances did, or of those of one batch. */
    async heat(
      tenantId: TenantId,
      of: { readonly batchId?: string; readonly modelKey?: string } = {},
    ): Promise<Heat[]> {
      const { batchId, modelKey } = of;
      const query: Filter<HeatDoc> = {
        tenantId,
        batchId: batchId ?? { $exists: false },
        ...(modelKey && { modelKey }),
      };
      return summed(await c.processHeat.find(query).toArray());
    },

    async instances(filter: InstanceFilter, after: Place | undefined, limit: number): Promise<ProcessInstanceDoc[]> {
      const { tenantId, processId, version, state, batchId, payment } = filter;
      const single = { batchId: payment, subBatchId: { $exists: false } };
      const query: Filter<ProcessInstanceDoc> = {
        tenantId,
        ...(processId && { processId }),
        ...(version !== undefined && { version }),
        ...(state && { state }),
        $and: [
          batchId ? { batchId } : {},
          payment ? { $or: [{ endToEndId: payment }, single] } : {},
          after ? olderThan('startedAt', after) : {},
        ],
      } as Filter<ProcessInstanceDoc>;
      return c.processInstances.find(query).sort({ startedAt: -1, _id: -1 }).limit(limit).toArray();
    },

    async instance(tenantId: TenantId, key: string): Promise<ProcessInstanceDoc | undefined> {
      return (await c.processInstances.findOne({ _id: key, tenantId })) ?? undefined;
    },

    async incidents(filter: IncidentFilter, after: Place | undefined, limit: number): Promise<IncidentDoc[]> {
      const query = { $and: [given(filter), after ? olderThan('createdAt', after) : {}] } as Filter<IncidentDoc>;
      return c.incidents.find(query).sort({ createdAt: -1, _id: -1 }).limit(limit).toArray();
    },

    async incident(tenantId: TenantId, key: string): Promise<IncidentDoc | undefined> {
      return (await c.incidents.findOne({ _id: key, tenantId })) ?? undefined;
    },

    /** The oldest first. */
    async incidentCommands(tenantId: TenantId, key: string): Promise<IncidentCommandDoc[]> {
      // "0" is what comes after "/".
      const query = { _id: { $gt: `${key}/`, $lt: `${key}0` }, tenantId };
      return c.incidentCommands.find(query).sort({ _id: 1 }).limit(commandsMax).toArray();
    },

    /** Most frequent first, among the newest `groupedMax`. */
    async causes(filter: IncidentFilter): Promise<Cause[]> {
      const groups = await c.incidents
        .aggregate<Omit<Cause, 'cause'> & { _id: string }>([
          { $match: given(filter) },
          { $sort: { createdAt: -1, _id: -1 } },
          { $limit: groupedMax },
          {
            $group: {
              _id: '$cause',
              count: { $sum: 1 },
              firstAt: { $min: '$createdAt' },
              lastAt: { $max: '$createdAt' },
              newest: { $first: '$$ROOT' },
            },
          },
          { $sort: { count: -1, lastAt: -1, _id: 1 } },
          { $limit: causesMax },
        ])
        .toArray();
      return groups.map(({ _id, ...group }) => ({ ...group, cause: _id }));
    },
  };
}

function given<T extends object>(filter: T): T {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as T;
}

function olderThan(field: string, { at, key }: Place) {
  return { [field]: { $lte: at }, $or: [{ [field]: { $lt: at } }, { _id: { $lt: key } }] };
}

/** A document per partition of Zeebe becomes one per model. */
function summed(docs: readonly HeatDoc[]): Heat[] {
  const models = new Map<string, HeatDoc[]>();
  for (const doc of docs) models.set(doc.modelKey, [...(models.get(doc.modelKey) ?? []), doc]);
  return [...models.values()].map((parts) => {
    const { modelKey, processId, version } = parts[0]!;
    const sum = (name: keyof Counts) => parts.reduce((total, part) => total + part[name], 0);
    const counts = {
      started: sum('started'),
      completed: sum('completed'),
      terminated: sum('terminated'),
      incidents: sum('incidents'),
    };
    return { modelKey, processId, version, ...counts, elements: summedElements(parts.flatMap((p) => p.elements)) };
  });
}

function summedElements(elements: readonly ElementCounts[]): ElementCounts[] {
  const byId = new Map<string, ElementCounts>();
  for (const { id, entered, completed, terminated, incidents } of elements) {
    const sum = byId.get(id) ?? { id, entered: 0, completed: 0, terminated: 0, incidents: 0 };
    byId.set(id, {
      id,
      entered: sum.entered + entered,
      completed: sum.completed + completed,
      terminated: sum.terminated + terminated,
      incidents: sum.incidents + incidents,
    });
  }
  return [...byId.values()];
}
