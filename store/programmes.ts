/** Programmes as people make, change, close and read them, and as a batch names them. */
import type { Actor } from '../domain/audit-chain.ts';
import { type ClientSession, isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { BatchProgramme, ProgrammeDoc } from './programme-documents.ts';

/** What whoever sets a programme decides. */
export type ProgrammeSettings = Pick<
  ProgrammeDoc,
  'institutionId' | 'name' | 'payer' | 'limits' | 'effectiveFrom' | 'effectiveUntil'
>;

export type Put =
  | { readonly kind: 'made' | 'changed' | 'same'; readonly programme: ProgrammeDoc }
  /** Somebody changed it since, or it is there already; `programme` is what it is now, undefined for none. */
  | { readonly kind: 'conflict'; readonly programme?: ProgrammeDoc }
  | { readonly kind: 'closed'; readonly programme: ProgrammeDoc };

/** Done with a change, in its transaction. */
export type WithChange = (before: ProgrammeDoc, after: ProgrammeDoc, session: ClientSession) => Promise<void>;

export type Programmes = ReturnType<typeof createProgrammes>;

export function createProgrammes(mongo: Mongo, c: Collections, now: () => Date = () => new Date()) {
  /** `from`: the version that whoever asks has seen; undefined for a new one. */
  async function put(
    tenantId: string,
    id: string,
    settings: ProgrammeSettings,
    from: number | undefined,
    actor: Actor,
    withChange: WithChange,
  ): Promise<Put> {
    try {
      return await mongo.transaction(async (session): Promise<Put> => {
        const had = (await c.programmes.findOne({ _id: programmeKey(tenantId, id) }, { session })) ?? undefined;
        if (had && isSame(had, settings) && (from === undefined || from >= had.version - 1)) {
          return { kind: 'same', programme: had };
        }
        if (from !== had?.version) return { kind: 'conflict', programme: had };
        if (had?.state === 'closed') return { kind: 'closed', programme: had };
        const programme = had ? changed(had, settings) : made(tenantId, id, settings);
        await write(programme, had, session);
        if (had) await withChange(had, programme, session);
        const told = { before: had && audited(had), after: audited(programme) };
        await append(programme, actor, 'programme.set', told, session);
        return { kind: had ? 'changed' : 'made', programme };
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return { kind: 'conflict', programme: await get(tenantId, id) };
    }
  }

  async function get(tenantId: string, id: string): Promise<ProgrammeDoc | undefined> {
    return (await c.programmes.findOne({ _id: programmeKey(tenantId, id) })) ?? undefined;
  }

  async function write(programme: ProgrammeDoc, had: ProgrammeDoc | undefined, session: ClientSession): Promise<void> {
    if (had) await c.programmes.replaceOne({ _id: programme._id }, programme, { session });
    else await c.programmes.insertOne(programme, { session });
  }

  function made(tenantId: string, id: string, settings: ProgrammeSettings): ProgrammeDoc {
    const at = now();
    const state = 'open' as const;
    return {
      _id: programmeKey(tenantId, id),
      tenantId,
      id,
      ...settings,
      state,
      version: 1,
      createdAt: at,
      changedAt: at,
    };
  }

  function changed(had: ProgrammeDoc, settings: ProgrammeSettings): ProgrammeDoc {
    const { effectiveUntil: _, ...rest } = had;
    return { ...rest, ...settings, version: had.version + 1, changedAt: now() };
  }

  async function append(
    { tenantId, id }: ProgrammeDoc,
    who: Actor,
    action: string,
    told: { before?: Record<string, unknown>; after?: Record<string, unknown>; why?: string },
    session: ClientSession,
  ): Promise<void> {
    const object = { kind: 'programme', id };
    await appendAudit(c, { tenantId, who, at: now(), action, object, ...told }, session);
  }

  return {
    put,
    get,

    /** By id, after the one that was seen last. */
    async list(
      tenantId: string,
      { institutionId, state }: Partial<Pick<ProgrammeDoc, 'institutionId' | 'state'>>,
      after: string | undefined,
      limit: number,
    ): Promise<ProgrammeDoc[]> {
      const from = programmeKey(tenantId, after ?? '');
      const filter = {
        _id: { $gt: from, $lt: `${tenantId}0` },
        ...(institutionId !== undefined && { institutionId }),
        ...(state && { state }),
      };
      return c.programmes.find(filter).sort({ _id: 1 }).limit(limit).toArray();
    },

    /** For ever. Batches that were accepted before are paid; closed again, nothing happens. */
    async close(
      tenantId: string,
      id: string,
      closed: NonNullable<ProgrammeDoc['closed']>,
      actor: Actor,
    ): Promise<ProgrammeDoc | undefined> {
      return mongo.transaction(async (session) => {
        const had = await c.programmes.findOne({ _id: programmeKey(tenantId, id) }, { session });
        if (!had || had.state === 'closed') return had ?? undefined;
        const programme = { ...had, state: 'closed' as const, closed, version: had.version + 1, changedAt: closed.at };
        await write(programme, had, session);
        const told = { before: { state: had.state }, after: { state: programme.state }, why: closed.reason };
        await append(programme, actor, 'programme.close', told, session);
        return programme;
      });
    },
  };
}

export function programmeKey(tenantId: string, id: string): string {
  return `${tenantId}/${id}`;
}

/** What a batch keeps of it. */
export function batchProgrammeOf({ id, institutionId, name, payer, limits }: ProgrammeDoc): BatchProgramme {
  return { id, institutionId, name, payer, limits };
}

/** What the audit tells: never the account. */
function audited({ institutionId, name, limits, effectiveFrom, effectiveUntil, state, version }: ProgrammeDoc) {
  const told = limits.map(({ currency, paymentMax, batchMax, budget }) => ({
    currency,
    paymentMax: paymentMax === undefined ? undefined : String(paymentMax),
    batchMax: batchMax === undefined ? undefined : String(batchMax),
    budget: budget && { period: budget.period, minor: String(budget.minor) },
  }));
  return { institutionId, name, limits: told, effectiveFrom, effectiveUntil, state, version };
}

function isSame(had: ProgrammeDoc, settings: ProgrammeSettings): boolean {
  const text = ({ institutionId, name, payer, limits, effectiveFrom, effectiveUntil }: ProgrammeSettings) =>
    JSON.stringify(
      [
        [institutionId, name, payer.type, payer.id, effectiveFrom, effectiveUntil ?? null],
        limits.map(({ currency, paymentMax, batchMax, budget }) => [
          currency,
          paymentMax ?? null,
          batchMax ?? null,
          budget ? [budget.period, budget.minor] : null,
        ]),
      ],
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    );
  return had.state === 'open' && text(had) === text(settings);
}
