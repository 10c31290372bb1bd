/** The audit on the real MongoDB: with its cause or not at all, sealed once however many seal, and every change found. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../domain/audit-chain.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { createAudit } from './audit.ts';
import { createAuditChain } from './audit-chain.ts';
import { type Collections, collectionsOf, ensureIndexes } from './collections.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  // Of its own: the hub's workers seal whatever they find in theirs.
  const uri = (process.env.MONGODB_URI ?? '').replace(/^(mongodb[^/]*\/\/[^/]+)\/[^?]*/, '$1/tributary_audit_tests');
  mongo = await connectMongo(uri);
  c = collectionsOf(mongo);
  await ensureIndexes(c);
});
afterAll(() => mongo.close());

const olga: Actor = { kind: 'person', subject: 'olga', name: 'Olga', roles: ['operator'], from: { ip: '127.0.0.1' } };

function aTenant(): string {
  return `audit-${randomUUID().slice(0, 8)}`;
}

function pauseOf(tenantId: string, i: number) {
  const object = { kind: 'batch', id: `batch-${i}` };
  return {
    tenantId,
    who: olga,
    action: 'batch.pause',
    object,
    before: { n: i, minor: 5n, big: 3e9 },
    why: `reason ${i}`,
  };
}

async function written(tenantId: string, entries: number): Promise<void> {
  const audit = createAudit(mongo, c);
  for (let i = 0; i < entries; i += 1) await audit.append(pauseOf(tenantId, i));
}

async function sealed(tenantId: string): Promise<void> {
  const chain = createAuditChain(c);
  for (let i = 0; (await c.auditUnsealed.countDocuments({ tenantId })) > 0 && i < 20; i += 1) await chain.seal();
}

async function problemsOf(tenantId: string, asked = {}): Promise<string[]> {
  return (await createAuditChain(c).verify(tenantId, asked)).problems.map(({ kind }) => kind);
}

test('an entry is written with its cause or not at all', async () => {
  const tenantId = aTenant();
  const audit = createAudit(mongo, c);
  await expect(
    mongo.transaction(async (session) => {
      await audit.append(pauseOf(tenantId, 1), session);
      throw new Error('the command failed');
    }),
  ).rejects.toThrow('the command failed');
  expect(await audit.list({ tenantId }, undefined, 10)).toEqual([]);
  expect(await c.auditUnsealed.countDocuments({ tenantId })).toBe(0);
});

test('what is said once more, with the same time, is one entry', async () => {
  const tenantId = aTenant();
  const audit = createAudit(mongo, c);
  const at = new Date();
  for (let i = 0; i < 3; i += 1) await audit.append({ ...pauseOf(tenantId, 1), at, once: `pause/${tenantId}` });
  expect(await audit.list({ tenantId }, undefined, 10)).toHaveLength(1);
});

test('entries are found by who, what, object and time, a page after the other', async () => {
  const tenantId = aTenant();
  const audit = createAudit(mongo, c);
  const from = new Date('2026-03-01T00:00:00Z');
  for (let i = 0; i < 5; i += 1) {
    const who = i % 2 ? olga : { ...olga, subject: 'ivan' };
    await audit.append({ ...pauseOf(tenantId, i), who, at: new Date(from.getTime() + i * 1_000) });
  }
  const ids = async (filter: object) =>
    (await audit.list({ tenantId, ...filter }, undefined, 10)).map(({ object }) => object.id);
  expect(await ids({ subject: 'ivan' })).toEqual(['batch-4', 'batch-2', 'batch-0']);
  expect(await ids({ objectId: 'batch-3' })).toEqual(['batch-3']);
  expect(await ids({ action: 'batch.resume' })).toEqual([]);
  expect(await ids({ from: new Date(from.getTime() + 1_000), to: new Date(from.getTime() + 3_000) })).toEqual([
    'batch-2',
    'batch-1',
  ]);
  const first = await audit.list({ tenantId }, undefined, 2);
  const second = await audit.list({ tenantId }, first.at(-1)!._id, 2);
  expect([...first, ...second].map(({ object }) => object.id)).toEqual(['batch-4', 'batch-3', 'batch-2', 'batch-1']);
});

test('sealers at the same time, while entries come, lose and double nothing', async () => {
  const tenantId = aTenant();
  const writing = Promise.all(Array.from({ length: 4 }, () => written(tenantId, 15)));
  let isWritten = false;
  const sealing = Array.from({ length: 4 }, async () => {
    while (!isWritten) await createAuditChain(c).seal();
  });
  await writing.finally(() => {
    isWritten = true;
  });
  await Promise.all(sealing);
  await sealed(tenantId);
  const found = await createAuditChain(c).verify(tenantId, { unsealedMaxMs: 0 });
  expect(found).toMatchObject({ checked: 60, unsealed: 0, problems: [], head: { n: 60 } });
  expect(await c.auditEntries.countDocuments({ tenantId })).toBe(60);
});

test('a sealer that is killed between any two of its writes leaves nothing that the next does not put right', async () => {
  const tenantId = aTenant();
  await written(tenantId, 6);
  const died = new Error('killed');
  /** Dies after `links` links were written, or before the marks go. */
  const dying = (links: number): Pick<Collections, 'auditEntries' | 'auditUnsealed' | 'auditChain'> => ({
    auditEntries: c.auditEntries,
    auditUnsealed: instead(c.auditUnsealed, { deleteMany: () => Promise.reject(died) }),
    auditChain: instead(c.auditChain, {
      insertMany: async (docs: Parameters<typeof c.auditChain.insertMany>[0]) => {
        if (links > 0) await c.auditChain.insertMany(docs.slice(0, links), { ordered: true });
        if (links < docs.length) throw died;
      },
    }),
  });
  for (const links of [0, 1, 2, 99]) {
    const { failed } = await createAuditChain(dying(links)).seal();
    expect(failed.filter((each) => each.tenantId === tenantId)).toHaveLength(1);
    expect(await problemsOf(tenantId)).toEqual([]);
  }
  await sealed(tenantId);
  expect(await createAuditChain(c).verify(tenantId, { unsealedMaxMs: 0 })).toMatchObject({ checked: 6, problems: [] });
});

test('what is altered, removed or cut off in the database is found', async () => {
  const ways: readonly [string, string[], (tenantId: string) => Promise<unknown>][] = [
    [
      'an entry is altered',
      ['altered'],
      (t) => c.auditEntries.updateOne({ tenantId: t, 'object.id': 'batch-2' }, { $set: { why: 'no' } }),
    ],
    [
      'an entry is removed',
      ['missing-entry'],
      (t) => c.auditEntries.deleteOne({ tenantId: t, 'object.id': 'batch-2' }),
    ],
    ['a link is removed', ['gap', 'unsealed'], (t) => c.auditChain.deleteOne({ tenantId: t, n: 3 })],
    [
      'the end is removed',
      ['truncated'],
      async (t) => {
        const last = await c.auditChain.findOneAndDelete({ tenantId: t, n: 5 });
        await c.auditEntries.deleteOne({ _id: last!.entry });
      },
    ],
    [
      'all is removed',
      ['truncated'],
      async (t) => {
        await c.auditChain.deleteMany({ tenantId: t });
        await c.auditEntries.deleteMany({ tenantId: t });
      },
    ],
  ];
  for (const [what, kinds, tamper] of ways) {
    const tenantId = aTenant();
    await written(tenantId, 5);
    await sealed(tenantId);
    const head = (await createAuditChain(c).headOf(tenantId))!;
    const asked = { anchors: [head], unsealedMaxMs: -1_000 };
    expect(await problemsOf(tenantId, asked), what).toEqual([]);
    await tamper(tenantId);
    expect(await problemsOf(tenantId, asked), what).toEqual(kinds);
  }
});

test('an entry that is removed before it was sealed is found, and holds up no other', async () => {
  const tenantId = aTenant();
  await written(tenantId, 3);
  await c.auditEntries.deleteOne({ tenantId, 'object.id': 'batch-1' });
  await createAuditChain(c).seal();
  expect(await createAuditChain(c).verify(tenantId, { unsealedMaxMs: -1_000 })).toMatchObject({
    checked: 2,
    problems: [{ kind: 'unsealed' }],
  });
});

function instead<T extends object>(of: T, methods: Record<string, unknown>): T {
  return new Proxy(of, {
    get(target, name) {
      if (typeof name === 'string' && name in methods) return methods[name];
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
