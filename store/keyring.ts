/** A key for the personal data of each batch and each single payment, kept wrapped, and thrown away when its time is over. */
import { createCipheriv, createDecipheriv, hash as hashOf, hkdfSync, randomBytes } from 'node:crypto';
import type { BatchId, TenantId, TransactionId } from '../domain/ids.ts';
import { type Collection, insertMissing } from '../platform/mongo.ts';
import { createReader } from '../platform/read-by-id.ts';
import type { BatchKeyDoc } from './audit-documents.ts';

/** What wraps the keys. The first wraps new ones; the others still open what they wrapped. */
export type KeySecrets = readonly [string, ...string[]];

type KeyId = BatchId | TransactionId;

export type Keyring = {
  /** Whether it has secrets: without them no key can be made or read. */
  readonly isOpen: boolean;
  /** The key that is there; undefined where there is none, or none any more. */
  key(id: KeyId): Promise<Buffer | undefined>;
  /** The key, made where there was none; undefined where it was thrown away. */
  keyFor(id: KeyId, tenantId: TenantId): Promise<Buffer | undefined>;
  /** Throws keys away for good; other processes forget theirs within minutes. Answers how many were there. */
  shred(ids: readonly KeyId[], at: Date): Promise<number>;
  /** Wraps keys anew that are wrapped by an older secret; answers how many, at most `max`. */
  rewrap(max: number): Promise<number>;
  /** Keys that an older secret wraps. */
  wrappedBefore(): Promise<number>;
};

type Wrapper = { readonly id: string; readonly key: Buffer };
type Known = { readonly key: Buffer | undefined; readonly until: number };

const algorithm = 'aes-256-gcm';
const keysMax = 20_000;
/** Whoever has a key in memory asks again after this time whether it is still there. */
const knownMs = 300_000;

export function createKeyring(
  keys: Collection<BatchKeyDoc>,
  secrets: KeySecrets | undefined,
  now: () => number = Date.now,
): Keyring {
  const wrappers = (secrets ?? []).map(wrapperOf);
  const current = wrappers[0];
  const read = createReader(keys);
  const known = new Map<KeyId, Known>();

  async function key(id: KeyId): Promise<Buffer | undefined> {
    const had = known.get(id);
    if (had && had.until > now()) return had.key;
    const doc = await read(id);
    return doc && remember(id, doc.wrapped && unwrap(doc));
  }

  function remember(id: KeyId, found: Buffer | undefined): Buffer | undefined {
    known.delete(id);
    known.set(id, { key: found, until: now() + knownMs });
    if (known.size > keysMax) known.delete(known.keys().next().value ?? '');
    return found;
  }

  function unwrap({ _id, wrapped, by }: BatchKeyDoc): Buffer {
    const wrapper = wrappers.find(({ id }) => id === by);
    if (!wrapper)
      throw new Error(
        `the key of ${_id} is wrapped by a secret (${by}) that is neither KEY_SECRET nor in KEY_SECRETS_BEFORE`,
      );
    return unwrapped(wrapper, _id, wrapped!);
  }

  return {
    isOpen: current !== undefined,
    key,

    async keyFor(id, tenantId) {
      if (!current)
        throw new Error('no key can be made: the collections were opened without the secrets that wrap keys');
      const there = await key(id);
      if (there || known.has(id)) return there;
      const fresh = randomBytes(32);
      const doc = { _id: id, tenantId, at: new Date(now()), by: current.id, wrapped: wrap(current, id, fresh) };
      const isMine = (await insertMissing(keys, [doc])).length === 0;
      return isMine ? remember(id, fresh) : key(id);
    },

    async shred(ids, at) {
      const { modifiedCount } = await keys.updateMany(
        { _id: { $in: [...ids] }, wrapped: { $exists: true } },
        { $unset: { wrapped: '', by: '' }, $set: { shreddedAt: at } },
      );
      for (const id of ids) known.delete(id);
      return modifiedCount;
    },

    async rewrap(max) {
      if (!current) return 0;
      const old = await keys.find(older()).limit(max).toArray();
      for (const doc of old) {
        const wrapped = wrap(current, doc._id, unwrap(doc));
        await keys.updateOne({ _id: doc._id, by: doc.by }, { $set: { wrapped, by: current.id } });
      }
      return old.length;
    },

    wrappedBefore: () => keys.countDocuments(older(), { limit: 10_000 }),
  };

  function older() {
    return { by: { $in: wrappers.slice(1).map(({ id }) => id) } };
  }
}

function wrapperOf(secret: string): Wrapper {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'tributary/key-encryption', 32));
  return { id: hashOf('sha256', key, 'hex').slice(0, 8), key };
}

/** Bound to whose key it is: moved to another batch, it opens nothing. */
function wrap(wrapper: Wrapper, id: KeyId, key: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, wrapper.key, nonce).setAAD(Buffer.from(id));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

function unwrapped(wrapper: Wrapper, id: KeyId, wrapped: Buffer): Buffer {
  const decipher = createDecipheriv(algorithm, wrapper.key, wrapped.subarray(0, 12)).setAAD(Buffer.from(id));
  decipher.setAuthTag(wrapped.subarray(wrapped.length - 16));
  return Buffer.concat([decipher.update(wrapped.subarray(12, wrapped.length - 16)), decipher.final()]);
}
