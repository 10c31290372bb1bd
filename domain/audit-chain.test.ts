import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AuditEntry,
  type AuditLink,
  canonicalJson,
  createChainCheck,
  linkOf,
  truncations,
} from './audit-chain.ts';

type Sealed = { readonly link: AuditLink; readonly entry: AuditEntry | undefined };

const at = new Date('2026-11-28T10:00:00Z');

function anEntry(i: number, over: Partial<AuditEntry> = {}): AuditEntry {
  return {
    _id: `entry-${i}`,
    tenantId: 'ibank-usa',
    at,
    who: { kind: 'person', subject: 'olga', roles: ['operator'], from: { ip: '127.0.0.1' } },
    action: 'batch.pause',
    object: { kind: 'batch', id: `batch-${i}` },
    before: { hold: null },
    after: { hold: 'paused', count: i },
    why: `reason ${i}`,
    ...over,
  };
}

function aChain(length: number): Sealed[] {
  const chain: Sealed[] = [];
  for (let i = 0; i < length; i += 1) {
    const entry = anEntry(i);
    chain.push({ entry, link: linkOf(entry, chain.at(-1)?.link, at) });
  }
  return chain;
}

function problemsOf(chain: readonly Sealed[], head?: AuditLink): string[] {
  const anchors = head ? [head] : [];
  const check = createChainCheck(undefined, anchors);
  for (const { link, entry } of chain) check.add(link, entry);
  return [...check.problems, ...truncations(check.head(), anchors)].map(({ kind }) => kind);
}

const lengths = fc.integer({ min: 1, max: 12 });

test('a chain that nobody touched has no problems, read whole or from any link', () => {
  fc.assert(
    fc.property(lengths, fc.nat(), (length, from) => {
      const chain = aChain(length);
      expect(problemsOf(chain, chain.at(-1)!.link)).toEqual([]);
      const start = from % length;
      const check = createChainCheck(start > 0 ? chain[start - 1]!.link : undefined);
      for (const { link, entry } of chain.slice(start)) check.add(link, entry);
      expect(check.problems).toEqual([]);
    }),
  );
});

/** Every way to change one entry or link in place. */
const alterations: readonly ((sealed: Sealed) => Sealed)[] = [
  ({ link, entry }) => ({ link, entry: { ...entry!, who: { ...entry!.who, subject: 'mallory' } } }),
  ({ link, entry }) => ({ link, entry: { ...entry!, who: { ...entry!.who, from: { ip: '10.0.0.1' } } } }),
  ({ link, entry }) => ({ link, entry: { ...entry!, at: new Date(at.getTime() + 1) } }),
  ({ link, entry }) => ({ link, entry: { ...entry!, action: 'batch.resume' } }),
  ({ link, entry }) => ({ link, entry: { ...entry!, after: { ...entry!.after, count: -1 } } }),
  ({ link, entry }) => ({ link, entry: { ...entry!, before: undefined } }),
  ({ link, entry }) => ({ link, entry: { ...entry!, extra: 1 } as AuditEntry }),
  ({ link, entry }) => ({ link, entry: { ...entry!, tenantId: 'ibank-india' } }),
  ({ link }) => ({ link, entry: undefined }),
  ({ link, entry }) => ({ link: { ...link, sealedAt: new Date(0) }, entry }),
  ({ link, entry }) => ({ link: { ...link, hash: 'f'.repeat(64) }, entry }),
  ({ link, entry }) => ({ link: { ...link, previous: 'f'.repeat(64) }, entry }),
  ({ link, entry }) => ({ link: { ...link, n: link.n + 1 }, entry }),
  ({ link, entry }) => ({ link: { ...link, tenantId: 'ibank-india' }, entry }),
];

test('whatever is altered in one entry or link is found', () => {
  fc.assert(
    fc.property(lengths, fc.nat(), fc.constantFrom(...alterations), (length, at, alter) => {
      const chain = aChain(length);
      const place = at % length;
      chain[place] = alter(chain[place]!);
      expect(problemsOf(chain, aChain(length).at(-1)!.link)).not.toEqual([]);
    }),
  );
});

test('an entry that is altered and sealed again without the links after it is found', () => {
  const chain = aChain(5);
  const entry = anEntry(2, { why: 'another reason' });
  chain[2] = { entry, link: linkOf(entry, chain[1]!.link, at) };
  expect(problemsOf(chain)).toEqual(['broken-link']);
});

test('whatever links are taken out of the chain, its end included, is found', () => {
  fc.assert(
    fc.property(lengths, fc.nat(), fc.nat(), (length, from, count) => {
      const whole = aChain(length);
      const start = from % length;
      const chain = whole.filter((_, i) => i < start || i > start + (count % length));
      expect(problemsOf(chain, whole.at(-1)!.link)).not.toEqual([]);
    }),
  );
});

test('two links or two entries that are swapped are found', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), fc.nat(), fc.boolean(), (length, a, b, isWhole) => {
      const [i, j] = [a % length, b % length];
      fc.pre(i !== j);
      const chain = aChain(length);
      const [one, other] = [chain[i]!, chain[j]!];
      chain[i] = isWhole ? other : { link: one.link, entry: other.entry };
      chain[j] = isWhole ? one : { link: other.link, entry: one.entry };
      expect(problemsOf(chain)).not.toEqual([]);
    }),
  );
});

test('an end that is cut off, and a chain that is sealed anew as a whole, are found by a head that was told outside', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), (length, at) => {
      const chain = aChain(length);
      const head = chain.at(-1)!.link;
      const kept = at % length;
      expect(problemsOf(chain.slice(0, kept))).toEqual([]);
      expect(problemsOf(chain.slice(0, kept), head)).toEqual(['truncated']);
    }),
  );
  const forged = [anEntry(0, { why: 'nothing happened' })].map((entry) => ({
    entry,
    link: linkOf(entry, undefined, at),
  }));
  expect(problemsOf(forged)).toEqual([]);
  expect(problemsOf(forged, aChain(1)[0]!.link)).toEqual(['truncated']);
});

test('an entry that has two links is found', () => {
  const chain = aChain(2);
  chain.push({ entry: chain[0]!.entry, link: linkOf(chain[0]!.entry!, chain[1]!.link, at) });
  expect(problemsOf(chain)).toEqual(['repeated']);
});

test('canonical JSON is the same whatever the order of members, and differs for values that differ', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const reversed = JSON.parse(text, (_, each: unknown) =>
        typeof each === 'object' && each !== null && !Array.isArray(each)
          ? Object.fromEntries(Object.entries(each).reverse())
          : each,
      ) as unknown;
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(text));
    }),
  );
});
