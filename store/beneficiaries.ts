/** Beneficiaries of a tenant, by the institution that registered them: written once by each request, the later of two in the last word. */
import { createHash } from 'node:crypto';
import type { Beneficiary } from '../domain/beneficiary.ts';
import type { BatchId } from '../domain/ids.ts';
import { insertMissing } from '../platform/mongo.ts';
import type { BeneficiaryDoc, MapperCommand, MappingDoc, Registrar } from './beneficiary-documents.ts';
import type { Collections } from './collections.ts';

/** Why something was not done, by place in what was asked. */
export type Refused = ReadonlyMap<number, string>;

export type Beneficiaries = ReturnType<typeof createBeneficiaries>;

/** When somebody was last named is known to a week: whoever is paid each month is written for it each month, not each time. */
const usedMs = 7 * 86_400_000;
/** How often a write is tried anew that others came before; each time somebody else's was done. */
const roundsMax = 20;

const reasons = {
  register: 'is registered already: change the account by an update',
  'add-account': 'has an account already: change it by an update',
  unknown: 'is not registered: register it first',
  later: 'was changed by a later request',
} as const;

export function createBeneficiaries(
  { beneficiaries, mappings }: Pick<Collections, 'beneficiaries' | 'mappings'>,
  now: () => Date = () => new Date(),
) {
  async function docsOf(registrar: Registrar, identities: readonly string[]): Promise<Map<string, BeneficiaryDoc>> {
    const ids = identities.map((identity) => idOf(registrar, identity));
    const found = await beneficiaries.find({ _id: { $in: ids } }).toArray();
    return new Map(found.map((doc) => [doc._id, doc]));
  }

  /** Those of `identities` who are registered. */
  async function known(registrar: Registrar, identities: readonly string[]): Promise<Map<string, BeneficiaryDoc>> {
    const docs = await docsOf(registrar, identities);
    return new Map([...docs.values()].map((doc) => [doc.identity, doc]));
  }

  async function register(registrar: Registrar, order: string, added: readonly Beneficiary[]): Promise<Refused> {
    const at = now();
    const docs = added.map((each): BeneficiaryDoc => {
      const _id = idOf(registrar, each.identity);
      return { _id, ...registrar, ...plain(each), order, registeredAt: at, usedAt: at };
    });
    const there = await insertMissing(beneficiaries, docs);
    if (there.length === 0) return new Map();
    // One that this very request wrote, before it broke off, is no failure of it.
    const earlier = await docsOf(
      registrar,
      there.map((i) => added[i]!.identity),
    );
    const others = there.filter((i) => earlier.get(docs[i]!._id)?.order !== order);
    return new Map(others.map((i) => [i, reasons.register]));
  }

  /** Each is replaced as it was read, or read again: nothing that somebody else wrote meanwhile is lost unseen. */
  async function change(
    registrar: Registrar,
    order: string,
    changed: readonly Beneficiary[],
    command: 'update' | 'add-account',
  ): Promise<Refused> {
    const refused = new Map<number, string>();
    let open = changed.map((_, i) => i);
    for (let round = 0; open.length > 0; round += 1) {
      if (round === roundsMax) throw new Error(`${open.length} beneficiaries are being changed by others all the time`);
      const docs = await docsOf(
        registrar,
        open.map((i) => changed[i]!.identity),
      );
      const docAt = (i: number) => docs.get(idOf(registrar, changed[i]!.identity));
      open = open.filter((i) => {
        const why = whyNot(docAt(i), order, command);
        if (why !== undefined) refused.set(i, why);
        return why === undefined && docAt(i)!.order !== order;
      });
      if (open.length === 0) break;
      const { matchedCount } = await beneficiaries.bulkWrite(
        open.map((i) => {
          const doc = docAt(i)!;
          const { account } = changed[i]!;
          const replacement: BeneficiaryDoc = { ...doc, account, order, usedAt: now() };
          return { replaceOne: { filter: { _id: doc._id, order: doc.order }, replacement } };
        }),
        { ordered: false },
      );
      if (matchedCount === open.length) break;
    }
    return refused;
  }

  return {
    known,

    /** Does what a request asks of some; the same again, or of a request that broke off, does nothing more. */
    async apply(
      command: MapperCommand,
      registrar: Registrar,
      order: string,
      some: readonly Beneficiary[],
    ): Promise<Refused> {
      return command === 'register' ? register(registrar, order, some) : change(registrar, order, some, command);
    },

    /** A page in the order of their ids; `after` is the last id of the page before. */
    async list({ tenantId, institution }: Registrar, after: string, limit: number): Promise<BeneficiaryDoc[]> {
      return beneficiaries
        .find({ tenantId, institution, _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** A page by its place, with how many there are. */
    async page({ tenantId, institution }: Registrar, skip: number, limit: number) {
      const filter = { tenantId, institution };
      const [people, total] = await Promise.all([
        beneficiaries.find(filter).sort({ _id: 1 }).skip(skip).limit(limit).toArray(),
        beneficiaries.countDocuments(filter),
      ]);
      return { people, total };
    },

    /** These identities as the batch was told when it first asked, whatever was changed since. */
    async knownTo(
      batchId: BatchId,
      registrar: Registrar,
      identities: readonly string[],
    ): Promise<Map<string, Beneficiary>> {
      const idIn = (identity: string) => `${batchId}/${hashOf(identity)}`;
      const told = await mappings.find({ _id: { $in: identities.map(idIn) } }).toArray();
      const ids = new Set(told.map(({ _id }) => _id));
      const fresh = identities.filter((identity) => !ids.has(idIn(identity)));
      if (fresh.length > 0) {
        const found = await known(registrar, fresh);
        const docs = fresh.map((identity): MappingDoc => {
          const account = found.get(identity)?.account;
          const { tenantId } = registrar;
          const isKnown = found.has(identity);
          return { _id: idIn(identity), tenantId, isKnown, ...(account && { account }), at: now() };
        });
        const [there] = await Promise.all([insertMissing(mappings, docs), noteUse(registrar, [...found.keys()])]);
        told.push(...docs);
        // What another process wrote first is what counts.
        if (there.length > 0)
          told.push(...(await mappings.find({ _id: { $in: there.map((i) => docs[i]!._id) } }).toArray()));
      }
      const byId = new Map(told.map((doc) => [doc._id, doc]));
      return new Map(
        identities.flatMap((identity) => {
          const doc = byId.get(idIn(identity));
          return doc?.isKnown ? [[identity, { identity, account: doc.account }] as const] : [];
        }),
      );
    },
  };

  async function noteUse(registrar: Registrar, identities: readonly string[]): Promise<void> {
    const ids = identities.map((identity) => idOf(registrar, identity));
    const before = new Date(now().getTime() - usedMs);
    await beneficiaries.updateMany({ _id: { $in: ids }, usedAt: { $lt: before } }, { $set: { usedAt: now() } });
  }
}

export function idOf({ tenantId, institution }: Registrar, name: string): string {
  return `${tenantId}/${hashOf(`${institution}\u0000${name}`)}`;
}

function whyNot(doc: BeneficiaryDoc | undefined, order: string, command: 'update' | 'add-account'): string | undefined {
  if (!doc) return reasons.unknown;
  if (doc.order === order) return undefined;
  if (doc.order > order) return reasons.later;
  return command === 'add-account' && doc.account ? reasons['add-account'] : undefined;
}

function plain({ identity, account }: Beneficiary): Beneficiary {
  return account ? { identity, account } : { identity };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 32);
}
