/** Tenants: who they are, their switches, and the two of the samples. */
import { createHmac } from 'node:crypto';
import type { Pain001Rules } from '../domain/batch-file.ts';
import type { TenantId } from '../domain/ids.ts';
import { Problem } from '../domain/problem.ts';
import type { FlatSwitches } from '../domain/switches.ts';
import { type ClientSession, insertMissing, type UpdateFilter } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { PartyDoc, TenantDoc } from './documents.ts';

export type Tenants = ReturnType<typeof createTenants>;

export type NewAddresses = Readonly<Partial<Record<'notificationUrl' | 'alertUrl', string | null>>>;

export function createTenants(c: Pick<Collections, 'tenants'>) {
  async function change(tenantId: TenantId, to: UpdateFilter<TenantDoc>, session: ClientSession): Promise<TenantDoc> {
    const before = await c.tenants.findOneAndUpdate({ _id: tenantId }, to, { session, returnDocument: 'before' });
    if (!before) throw new Error(`tenant ${tenantId} is not there`);
    return before;
  }

  return {
    async get(tenantId: TenantId): Promise<TenantDoc | undefined> {
      return (await c.tenants.findOne({ _id: tenantId })) ?? undefined;
    },

    /** By id, after the one that was seen last. */
    async list(after: TenantId | undefined, limit: number): Promise<TenantDoc[]> {
      return c.tenants
        .find(after === undefined ? {} : { _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** Makes the tenant or sets these of its fields; `webhookSecret` is for a new one alone. */
    async put(
      _id: TenantId,
      own: Pick<TenantDoc, 'name' | 'batchOptions' | 'allowPrivateAddresses'>,
      webhookSecret: string,
      session?: ClientSession,
    ): Promise<{ readonly before?: TenantDoc; readonly tenant: TenantDoc }> {
      const onInsert = { tenantId: _id, switches: {}, webhookSecret };
      const change = { $set: own, $setOnInsert: onInsert };
      const before = await c.tenants.findOneAndUpdate({ _id }, change, { upsert: true, session });
      return { before: before ?? undefined, tenant: { ...(before ?? { _id, ...onInsert }), ...own } };
    },

    /** Replaces the tenant's own switches; what is not in `switches` is at its default again. Like all that set, it answers the tenant as it was before. */
    async setSwitches(tenantId: TenantId, switches: FlatSwitches, session: ClientSession): Promise<TenantDoc> {
      return change(tenantId, { $set: { switches } }, session);
    },

    /** The payment mode of single payments that name none; undefined for none. */
    async setTransferMode(tenantId: TenantId, mode: string | undefined, session: ClientSession): Promise<TenantDoc> {
      const isNone = mode === undefined;
      return change(tenantId, isNone ? { $unset: { transferMode: '' } } : { $set: { transferMode: mode } }, session);
    },

    /** Replaces by which payment mode accounts are paid that are registered without one. */
    async setMapperModes(
      tenantId: TenantId,
      mapperModes: Record<string, string>,
      session: ClientSession,
    ): Promise<TenantDoc> {
      return change(tenantId, { $set: { mapperModes } }, session);
    },

    /** Replaces where money leaves from when it leaves the closed loop, by rail. */
    async setPayoutAccounts(
      tenantId: TenantId,
      payoutAccounts: Record<string, PartyDoc>,
      session: ClientSession,
    ): Promise<TenantDoc> {
      return change(tenantId, { $set: { payoutAccounts } }, session);
    },

    /** Payment modes of the payments of a pain.001. */
    async setPain001(tenantId: TenantId, pain001: Pain001Rules, session: ClientSession): Promise<TenantDoc> {
      return change(tenantId, { $set: { pain001 } }, session);
    },

    /** How long personal data are kept; undefined for as long as the hub says. */
    async setPersonalDataKeep(
      tenantId: TenantId,
      keep: string | undefined,
      session: ClientSession,
    ): Promise<TenantDoc> {
      const isNone = keep === undefined;
      return change(
        tenantId,
        isNone ? { $unset: { personalDataKeep: '' } } : { $set: { personalDataKeep: keep } },
        session,
      );
    },

    /** Where events and alerts go; undefined for nowhere. */
    /** What is left out stays as it is; null takes it away. */
    async setAddresses(tenantId: TenantId, addresses: NewAddresses, session: ClientSession): Promise<TenantDoc> {
      const urls = Object.entries(addresses).filter(([, url]) => url !== undefined);
      const $set = Object.fromEntries(urls.filter(([, url]) => url !== null));
      const $unset = Object.fromEntries(urls.filter(([, url]) => url === null).map(([name]) => [name, '' as const]));
      const to = { ...(Object.keys($set).length > 0 && { $set }), ...(Object.keys($unset).length > 0 && { $unset }) };
      return change(tenantId, to as UpdateFilter<TenantDoc>, session);
    },

    /** Throws where the secret is not `from` any more: somebody else rotates. */
    async rotateWebhookSecret(
      tenantId: TenantId,
      {
        secret,
        from,
        at,
        until,
      }: { readonly secret: string; readonly from: string; readonly at: Date; readonly until: Date },
      session: ClientSession,
    ): Promise<void> {
      const webhookSecretBefore = { secret: from, until };
      const { modifiedCount } = await c.tenants.updateOne(
        { _id: tenantId, webhookSecret: from },
        { $set: { webhookSecret: secret, webhookSecretAt: at, webhookSecretBefore } },
        { session },
      );
      if (modifiedCount === 0) throw new Problem('secret-rotating', 'somebody else makes a new secret at this moment');
    },

    /** How the tenant signs its requests; undefined for not at all. */
    async setSignature(
      tenantId: TenantId,
      signature: TenantDoc['signature'],
      session: ClientSession,
    ): Promise<TenantDoc> {
      return change(tenantId, signature ? { $set: { signature } } : { $unset: { signature: '' } }, session);
    },

    /** Adds those that are not there yet; those that are keep what they have. */
    async addMissing(tenants: readonly TenantDoc[]): Promise<void> {
      await insertMissing(c.tenants, tenants);
    },
  };
}

/** The tenants of the seed's examples: a ministry's bank in the USA and one in India, open to local call-backs. */
export function sampleTenants(hubSecret: string): TenantDoc[] {
  const tenant = (id: string, name: string): TenantDoc => ({
    _id: id,
    tenantId: id,
    name,
    switches: {},
    batchOptions: true,
    webhookSecret: webhookSecretOf(hubSecret, id),
    allowPrivateAddresses: true,
  });
  return [tenant('ibank-usa', 'iBank USA'), tenant('ibank-india', 'iBank India')];
}

/** A tenant's signing key, derived, so that the same hub gives the same tenant the same key. */
export function webhookSecretOf(hubSecret: string, tenantId: TenantId): string {
  return createHmac('sha256', hubSecret).update(`webhook/${tenantId}`).digest('base64url');
}

/** What signs the tenant's webhooks now: the secret, and while receivers learn it, the one before. */
export function webhookSecretsOf({ webhookSecret, webhookSecretBefore: before }: TenantDoc, now: Date): string[] {
  return before && before.until > now ? [webhookSecret, before.secret] : [webhookSecret];
}
