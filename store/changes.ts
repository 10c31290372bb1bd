/** What changes in the database that an operator would want to see at once: one change stream, and of each change whose it is and what it is about. */
import { setTimeout as sleep } from 'node:timers/promises';
import { batchIdOfKey, type TenantId } from '../domain/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Document, Mongo } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';

/** `tenantId` absent: every tenant sees it. `key`: two changes with the same one are told as one. */
export type Change = {
  readonly tenantId?: TenantId;
  readonly kind: 'batch' | 'incident' | 'approval' | 'rail' | 'unknown' | 'conflict' | 'hand_mark' | 'payer_block';
  readonly key: string;
  readonly data: Readonly<Record<string, unknown>>;
};

export type ChangeListener = {
  onChange(change: Change): void;
  /** Some changes were missed: whoever follows has to look anew. */
  onGap(): void;
};

export type WatchChanges = (listener: ChangeListener) => { close(): Promise<void> };

/** Of each collection the few fields that are looked at. */
const watched = {
  batches: ['tenantId', 'status'],
  sub_batches: ['tenantId', 'batchId'],
  incidents: ['tenantId', 'state', 'batchId'],
  decisions: ['tenantId', 'decision'],
  unknowns: ['tenantId'],
  conflicts: ['tenantId', 'batchId'],
  hand_marks: ['tenantId', 'isOpen', 'batchId'],
  payer_blocks: ['tenantId', 'rail'],
  rail_holds: ['tenantId', 'rail'],
  rail_states: ['rail', 'circuit'],
} as const;

const againMs = 1_000;
const ownersMax = 1_000;

type Raw = {
  readonly _id: unknown;
  readonly operationType: string;
  readonly ns: { readonly coll: keyof typeof watched };
  readonly documentKey: { readonly _id: string | Buffer };
  readonly fullDocument?: Document;
};

export function createWatchChanges(
  mongo: Mongo,
  c: Pick<Collections, 'batches' | 'transfers'>,
  log: Log,
): WatchChanges {
  return (listener) => {
    const circuits = new Map<string, string>();
    const owners = new Map<string, TenantId | undefined>();
    let isClosed = false;
    let resumeAfter: unknown;
    let stream: ReturnType<typeof open> | undefined;
    const running = run();

    async function run(): Promise<void> {
      while (!isClosed) {
        try {
          stream = open(resumeAfter);
          for await (const raw of stream as unknown as AsyncIterable<Raw>) {
            resumeAfter = raw._id;
            const change = await changeOf(raw);
            if (change) listener.onChange(change);
          }
        } catch (error) {
          if (isClosed) return;
          log.warn('changes could not be followed', { error });
          // The place may be too old to go on from: then what was in between is missed.
          resumeAfter = undefined;
          listener.onGap();
          await sleep(againMs);
        }
      }
    }

    return {
      async close() {
        isClosed = true;
        await stream?.close().catch(() => undefined);
        await running;
      },
    };

    async function changeOf({ operationType, ns, documentKey, fullDocument }: Raw): Promise<Change | undefined> {
      const id = documentKey._id;
      const isGone = operationType === 'delete';
      if (ns.coll === 'unknowns') return unknownChange(id as Buffer);
      if (isGone) return goneChange(ns.coll, String(id));
      if (!fullDocument) return undefined;
      if (ns.coll === 'rail_states') return railChange(String(id), fullDocument);
      return changeIn[ns.coll](String(id), fullDocument);
    }

    /** Rails tell how they stand every few seconds; it is news when calls are cut off, or go through again. */
    function railChange(id: string, { rail, circuit }: Document): Change | undefined {
      const before = circuits.get(id);
      circuits.set(id, circuit);
      if (before === undefined || before === circuit) return undefined;
      return { kind: 'rail', key: `rail/${rail}`, data: { rail } };
    }

    /** A doubt that is over is deleted, and names no tenant any more. */
    async function unknownChange(key: Buffer): Promise<Change | undefined> {
      const batchId = batchIdOfKey(key);
      if (!owners.has(batchId)) {
        const of = { projection: { tenantId: 1 } };
        const doc =
          (await c.batches.findOne({ _id: batchId }, of)) ?? (await c.transfers.findOne({ _id: batchId }, of));
        owners.set(batchId, doc?.tenantId);
        if (owners.size > ownersMax) owners.delete(owners.keys().next().value ?? '');
      }
      const tenantId = owners.get(batchId);
      return tenantId === undefined
        ? undefined
        : { tenantId, kind: 'unknown', key: `unknown/${batchId}`, data: { batch_id: batchId } };
    }
  };

  function open(resumeAfter: unknown) {
    const fields = [...new Set(Object.values(watched).flat())];
    const pipeline = [
      {
        $match: {
          'ns.coll': { $in: Object.keys(watched) },
          operationType: { $in: ['insert', 'update', 'replace', 'delete'] },
        },
      },
      {
        $project: {
          operationType: 1,
          'ns.coll': 1,
          'documentKey._id': 1,
          ...Object.fromEntries(fields.map((field) => [`fullDocument.${field}`, 1])),
        },
      },
    ];
    return mongo.db.watch(pipeline, {
      fullDocument: 'updateLookup',
      maxAwaitTimeMS: 1_000,
      ...(resumeAfter !== undefined && { resumeAfter }),
    });
  }
}

/** What a document that was written is about. */
const changeIn: Readonly<
  Record<Exclude<keyof typeof watched, 'unknowns' | 'rail_states'>, (id: string, doc: Document) => Change | undefined>
> = {
  batches: (id, { tenantId, status }) =>
    status === 'awaiting_approval'
      ? { tenantId, kind: 'approval', key: `approval/${id}`, data: { batch_id: id, state: 'awaited' } }
      : batchChange(tenantId, id),
  sub_batches: (_, { tenantId, batchId }) => batchChange(tenantId, batchId),
  incidents: (key, { tenantId, state, batchId }) =>
    tenantId && { tenantId, kind: 'incident', key: `incident/${key}`, data: { key, state, batch_id: batchId ?? null } },
  decisions: (id, { tenantId, decision }) => ({
    tenantId,
    kind: 'approval',
    key: `approval/${id}`,
    data: { batch_id: id, state: decision },
  }),
  conflicts: (id, { tenantId, batchId }) => ({
    tenantId,
    kind: 'conflict',
    key: `conflict/${id}`,
    data: { id: id.replace('/', ':'), batch_id: batchId },
  }),
  hand_marks: (id, { tenantId, isOpen, batchId }) => ({
    tenantId,
    kind: 'hand_mark',
    key: `hand_mark/${id}`,
    data: { end_to_end_id: id.split('/')[0], batch_id: batchId, is_open: isOpen },
  }),
  payer_blocks: (id, { tenantId, rail }) => ({
    tenantId,
    kind: 'payer_block',
    key: `payer_block/${id}`,
    data: { rail },
  }),
  rail_holds: (_, { tenantId, rail }) => holdChange(tenantId, rail),
};

/** What a batch's event says beside its id. */
export function describeBatches(c: Pick<Collections, 'batches'>) {
  return async (batchIds: readonly string[]): Promise<Map<string, Readonly<Record<string, unknown>>>> => {
    const docs = await c.batches
      .find({ _id: { $in: [...batchIds] } }, { projection: { status: 1, hold: 1 } })
      .toArray();
    return new Map(docs.map(({ _id, status, hold }) => [_id, { status, hold: hold ?? null }]));
  };
}

function batchChange(tenantId: TenantId, batchId: string): Change {
  return { tenantId, kind: 'batch', key: `batch/${batchId}`, data: { batch_id: batchId } };
}

function holdChange(tenantId: TenantId, rail: string): Change {
  const change = { kind: 'rail', key: `rail/${rail}`, data: { rail } } as const;
  return tenantId === '*' ? change : { tenantId, ...change };
}

/** Of what is gone, its id says whose it was. */
function goneChange(collection: string, id: string): Change | undefined {
  const [tenantId = '', rail = ''] = id.split('/');
  if (collection === 'rail_holds') return holdChange(tenantId, rail);
  if (collection === 'payer_blocks') return { tenantId, kind: 'payer_block', key: `payer_block/${id}`, data: { rail } };
  return undefined;
}
