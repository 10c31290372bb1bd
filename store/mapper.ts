/** Requests to the account mapper: each done once by its id, written before and after, audited and told. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../domain/audit-chain.ts';
import type { Beneficiary } from '../domain/beneficiary.ts';
import { createLanes } from '../platform/lanes.ts';
import { insertMissing, isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import { type Beneficiaries, idOf } from './beneficiaries.ts';
import type {
  MapperCommand,
  MapperFailure,
  MapperRequestDoc,
  MapperResultDoc,
  Registrar,
} from './beneficiary-documents.ts';
import type { Collections } from './collections.ts';
import type { OutboxEntry } from './documents.ts';
import type { Outbox } from './outbox.ts';
import { sealedWebhook } from './sealed-webhook.ts';

/** A beneficiary of a request, with its place from 1. */
export type MapperEntry = { readonly n: number; readonly modality?: string } & Beneficiary;

export type MapperAsk = {
  readonly registrar: Registrar;
  readonly command: MapperCommand;
  /** By which a repeat is known. */
  readonly requestId: string;
  readonly fingerprint: string;
  readonly by: Actor;
  readonly asked: number;
  /** Those that can be done, no identity twice, some thousand at a time. */
  readonly parts: Iterable<readonly MapperEntry[]>;
  /** Those that cannot be read: how many, and the first of them. */
  readonly failed: number;
  readonly failures: readonly MapperFailure[];
  readonly callback?: Callback;
};

/** Where the end is told, and what. */
export type Callback = {
  readonly url: string;
  readonly event: string;
  readonly until: Date;
  bodyOf(result: MapperResultDoc): Readonly<Record<string, unknown>>;
};

export type MapperAnswer =
  | { readonly kind: 'done' | 'replayed'; readonly result: MapperResultDoc }
  /** The request id came before with something else. */
  | { readonly kind: 'reused' };

export type Mapper = ReturnType<typeof createMapper>;

/** Of a request that are kept and told one by one; all are counted. */
export const failuresMax = 10_000;
/** How long a request id is remembered. */
const rememberedMs = 30 * 86_400_000;

/** Parts being written while the next is read; the journal is waited for once for several. */
const partsAtOnce = 4;

export function createMapper(
  mongo: Pick<Mongo, 'transaction'>,
  c: Collections,
  deps: { readonly beneficiaries: Beneficiaries; readonly outbox: Pick<Outbox, 'add'>; readonly now: () => Date },
) {
  const { beneficiaries, outbox, now } = deps;

  /** Killed anywhere and sent again, a request goes on where it was: what it wrote, it knows by its order. */
  async function run(ask: MapperAsk): Promise<MapperAnswer> {
    const request = await begin(ask);
    if (request.fingerprint !== ask.fingerprint || request.command !== ask.command) return { kind: 'reused' };
    const earlier = await c.mapperResults.findOne({ _id: request._id });
    if (earlier) return { kind: 'replayed', result: earlier };
    let failed = ask.failed;
    const failures = [...ask.failures];
    const lanes = createLanes(partsAtOnce);
    for (const part of ask.parts) {
      await lanes.add(async () => {
        const refused = await beneficiaries.apply(ask.command, ask.registrar, request.order, part);
        failed += refused.size;
        for (const [i, reason] of refused) {
          const { n, identity, modality } = part[i]!;
          failures.push({ n, identity, ...(modality !== undefined && { modality }), reason });
        }
      });
    }
    await lanes.end();
    failures.sort((a, b) => a.n - b.n);
    return end(ask, request, failed, failures.slice(0, failuresMax));
  }

  async function begin({ registrar, requestId, command, fingerprint, by }: MapperAsk): Promise<MapperRequestDoc> {
    const { tenantId } = registrar;
    const _id = idOf(registrar, requestId);
    const earlier = await c.mapperRequests.findOne({ _id });
    if (earlier) return earlier;
    const counted = await c.mapperOrders.findOneAndUpdate(
      { _id: tenantId },
      { $inc: { n: 1 } },
      { upsert: true, returnDocument: 'after' },
    );
    const at = now();
    const order = String(counted!.n).padStart(15, '0');
    const expireAt = new Date(at.getTime() + rememberedMs);
    await insertMissing(c.mapperRequests, [{ _id, tenantId, command, fingerprint, order, by, at, expireAt }]);
    // Of two that came together, one is the request.
    return (await c.mapperRequests.findOne({ _id }))!;
  }

  /** What came of it, its audit and its callback are there together, or not at all. */
  async function end(
    ask: MapperAsk,
    { _id, tenantId, command, order, by, expireAt }: MapperRequestDoc,
    failed: number,
    failures: MapperFailure[],
  ): Promise<MapperAnswer> {
    const at = now();
    const result: MapperResultDoc = { _id, tenantId, asked: ask.asked, failed, failures, at, expireAt };
    const told = ask.callback && (await entryOf(ask.callback, result));
    try {
      await mongo.transaction(async (session) => {
        await c.mapperResults.insertOne(result, { session });
        const { institution } = ask.registrar;
        const after = { institution, request: ask.requestId, n: Number(order), asked: ask.asked, failed };
        const object = { kind: 'beneficiaries', id: _id.slice(tenantId.length + 1) };
        await appendAudit(c, { tenantId, who: by, at, action: `beneficiaries.${command}`, object, after }, session);
        if (told) await outbox.add([{ id: `mapper/${_id}`, tenantId, entry: told }], session);
      });
      return { kind: 'done', result };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // The same request came twice at once, and the other was faster.
      return { kind: 'replayed', result: (await c.mapperResults.findOne({ _id }))! };
    }
  }

  function entryOf({ url, event, until, bodyOf }: Callback, result: MapperResultDoc) {
    return callbackEntry(result.tenantId, { url, event, until, body: bodyOf(result) });
  }

  function callbackEntry(
    tenantId: string,
    { url, event, until, body }: Omit<Callback, 'bodyOf'> & { readonly body: unknown },
  ): Promise<OutboxEntry> {
    const eventId = randomUUID();
    const text = JSON.stringify(body);
    return sealedWebhook(c, tenantId, { kind: 'webhook', method: 'PUT', url, event, eventId, body: text, until });
  }

  return {
    run,

    /** Tells what was looked up; the audit says who had it told where. */
    async tell(
      { tenantId, institution }: Registrar,
      who: Actor,
      counts: { readonly asked: number; readonly found: number },
      callback: Omit<Callback, 'bodyOf'>,
      body: unknown,
    ): Promise<void> {
      const entry = await callbackEntry(tenantId, { ...callback, body });
      const id = randomUUID();
      const object = { kind: 'beneficiaries', id };
      const after = { institution, ...counts, to: callback.url.replace(/[?#].*$/s, '') };
      await mongo.transaction(async (session) => {
        await outbox.add([{ id: `mapper/look-up/${id}`, tenantId, entry }], session);
        await appendAudit(c, { tenantId, who, at: now(), action: 'beneficiaries.look-up', object, after }, session);
      });
    },

    /** Whether there was one. What batches were told of them before stays with the batches. */
    async remove(registrar: Registrar, identity: string, who: Actor): Promise<boolean> {
      const { tenantId, institution } = registrar;
      const _id = idOf(registrar, identity);
      return mongo.transaction(async (session) => {
        const { deletedCount } = await c.beneficiaries.deleteOne({ _id }, { session });
        if (deletedCount === 0) return false;
        const object = { kind: 'beneficiary', id: _id.slice(tenantId.length + 1) };
        const told = { action: 'beneficiary.remove', object, before: { institution } };
        await appendAudit(c, { tenantId, who, at: now(), ...told }, session);
        return true;
      });
    },
  };
}
