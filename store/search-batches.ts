/** Finds a tenant's batches for operators: a page at a time, newest first, each filter by an index and nothing counted. */
import { isUuid, type TenantId } from '../domain/ids.ts';
import type { BatchStatus } from '../domain/outcome.ts';
import type { Filter } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc } from './documents.ts';

export type BatchSearch = {
  readonly tenantId: TenantId;
  /** Batch id or its beginning, request id, beginning of a file name, or the ids that a payment was found in. */
  readonly text?: string;
  readonly statuses?: readonly BatchStatus[];
  readonly hold?: NonNullable<BatchDoc['hold']>;
  readonly retryOf?: string;
  readonly from?: Date;
  readonly to?: Date;
};

/** The last one seen; the next page begins behind it. */
export type BatchPlace = { readonly at: Date; readonly id: string };

export const underWayStatuses: readonly BatchStatus[] = ['queued', 'validating', 'awaiting_approval', 'processing'];

/** What one text may mean. */
const candidatesMax = 500;

export type SearchBatches = ReturnType<typeof createSearchBatches>;

export function createSearchBatches(c: Pick<Collections, 'batches' | 'retries'>) {
  async function candidates(tenantId: TenantId, text: string): Promise<string[]> {
    const id = text.toLowerCase();
    if (isUuid(id)) {
      const found = await c.batches.findOne({ _id: id, tenantId }, { projection: { _id: 1 } });
      if (found) return [found._id];
    }
    const options = { projection: { _id: 1 }, limit: candidatesMax } as const;
    const beginning = /^[0-9a-f-]{8,35}$/.test(id) ? { $gte: id, $lt: `${id}g` } : undefined;
    const found = await Promise.all([
      c.batches.find({ tenantId, requestId: text }, options).sort({ createdAt: -1 }).toArray(),
      c.batches.find({ tenantId, fileName: { $gte: text, $lt: `${text}\uffff` } }, options).toArray(),
      beginning ? c.batches.find({ _id: beginning, tenantId }, options).toArray() : [],
    ]);
    return [...new Set(found.flat().map(({ _id }) => _id))];
  }

  return {
    candidates,

    async page(search: BatchSearch, after: BatchPlace | undefined, limit: number): Promise<BatchDoc[]> {
      const query = await queryOf(search, after);
      return query ? c.batches.find(query).sort({ createdAt: -1, _id: 1 }).limit(limit).toArray() : [];
    },

    /** How many of them there are, counted up to `max`. */
    async count(search: BatchSearch, max: number): Promise<number> {
      const query = await queryOf(search, undefined);
      return query ? c.batches.countDocuments(query, { limit: max }) : 0;
    },

    queryOf,
  };

  /** Undefined where nothing can be found. */
  async function queryOf(search: BatchSearch, after: BatchPlace | undefined): Promise<Filter<BatchDoc> | undefined> {
    const { tenantId, text, statuses, hold, retryOf, from, to } = search;
    const sets: string[][] = [];
    if (text !== undefined) sets.push(await candidates(tenantId, text));
    if (retryOf !== undefined) {
      const range = { $gte: `${retryOf}/`, $lt: `${retryOf}0` };
      const children = c.retries.find({ _id: range, tenantId }, { projection: { child: 1 } });
      sets.push((await children.toArray()).map(({ child }) => child));
    }
    const [first, ...others] = sets;
    const ids = first?.filter((id) => others.every((set) => set.includes(id)));
    if (ids?.length === 0) return undefined;
    const createdAt = {
      ...(from && { $gte: from }),
      ...(to && { $lt: to }),
      ...(after && (!to || after.at < to) && { $lte: after.at }),
    };
    return {
      tenantId,
      ...(ids && { _id: { $in: ids } }),
      ...(statuses && { status: statuses.length === 1 ? statuses[0]! : { $in: [...statuses] } }),
      ...(hold && { hold }),
      ...(Object.keys(createdAt).length > 0 && { createdAt }),
      // Not as alternatives: each would be planned by itself, and the order of the index be lost.
      ...(after && { $nor: [{ createdAt: after.at, _id: { $lte: after.id } }] }),
    } as Filter<BatchDoc>;
  }
}
