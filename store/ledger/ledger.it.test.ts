import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdIdOf } from '../../domain/wallet.ts';
import { type ClientSession, connectMongo, type Mongo } from '../../platform/mongo.ts';
import { theHub } from '../audit.ts';
import { type Collections, collectionsOf, ensureIndexes } from '../collections.ts';
import type { TenantDoc } from '../documents.ts';
import { createMarks } from '../marks.ts';
import type { WalletDoc } from '../wallet-documents.ts';
import { createWallets } from '../wallets.ts';
import { checkLedger, examineLedger } from './check-ledger.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createLedgerWatch } from './watch-ledger.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  mongo = await connectMongo((process.env.MONGODB_URI ?? '').replace('/tributary?', '/tributary_ledger_tests?'));
  c = collectionsOf(mongo);
  await ensureIndexes(c);
});
afterAll(() => mongo.close());

const currency = 'USD';

/** A tenant with a float of `funds` and receivers. */
async function aWorld(funds: bigint, receivers = 3) {
  const tenantId = `ledger-${randomUUID().slice(0, 13)}`;
  const ledger = createLedger(mongo, c);
  const wallets = createWallets(mongo, c, ledger);
  const open = async (kind: 'float' | 'receiver', owner: string) => {
    const asked = { _id: randomUUID(), tenantId, owner, currency, kind, allowNegative: false };
    return (await wallets.open(asked, theHub)).wallet;
  };
  const float = await open('float', 'ministry');
  const payees = await Promise.all(Array.from({ length: receivers }, (_, i) => open('receiver', `payee-${i}`)));
  const by = { actor: theHub, by: 'treasurer', reason: 'opening' };
  await wallets.fund({ tenantId, wallet: float, minor: funds, cause: `funding/${float._id}/1`, ...by });
  return { tenantId, ledger, wallets, float, payees };
}

const said = { by: 'treasurer', reason: 'lost', at: new Date() };
const minorOf = async ({ _id }: WalletDoc) => (await c.wallets.findOne({ _id }))?.minor;
const paymentOf = (cause: string, from: string, to: string, minor: bigint) => ({
  cause,
  kind: 'payment' as const,
  currency,
  lines: [
    { wallet: from, minor: -minor },
    { wallet: to, minor },
  ],
});

test('an entry is posted once by its cause, and each wallet has a line with its balance', async () => {
  const { tenantId, ledger, wallets, float, payees } = await aWorld(1_000n);
  const entry = paymentOf('payment/1', float._id, payees[0]!._id, 400n);
  expect(await ledger.post(tenantId, [entry])).toEqual({ kind: 'posted', fresh: ['payment/1'] });
  expect(await ledger.post(tenantId, [entry])).toEqual({ kind: 'posted', fresh: [] });
  const lines = await wallets.statement(float, 10);
  expect(lines.map(({ seq, minor, balance }) => [seq, minor, balance])).toEqual([
    [2, -400n, 600n],
    [1, 1_000n, 1_000n],
  ]);
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

test('lines that do not sum to zero are refused, and so is money that is not there; nothing is written', async () => {
  const { tenantId, ledger, float, payees } = await aWorld(100n);
  const bad = { ...paymentOf('bad', float._id, payees[0]!._id, 1n), lines: [{ wallet: float._id, minor: 1n }] };
  await expect(ledger.post(tenantId, [bad])).rejects.toThrow(RangeError);
  const twice = ['a', 'b'].map((cause) => paymentOf(cause, float._id, payees[0]!._id, 60n));
  expect(await ledger.post(tenantId, twice)).toEqual({ kind: 'refused', why: 'funds', wallet: float._id });
  expect(await minorOf(float)).toBe(100n);
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

test('another tenant’s wallet, a frozen one and one of another currency take no line', async () => {
  const { tenantId, ledger, wallets, float, payees } = await aWorld(100n);
  const stranger = await aWorld(100n);
  const pay = (to: string) => ledger.post(tenantId, [paymentOf(randomUUID(), float._id, to, 1n)]);
  expect(await pay(stranger.float._id)).toMatchObject({ why: 'missing' });
  await wallets.setStatus(payees[0]!, 'frozen', said, theHub);
  expect(await pay(payees[0]!._id)).toMatchObject({ why: 'frozen' });
  const yen = {
    _id: randomUUID(),
    tenantId,
    owner: 'x',
    currency: 'JPY',
    kind: 'receiver',
    allowNegative: false,
  } as const;
  await wallets.open(yen, theHub);
  expect(await pay(yen._id)).toMatchObject({ why: 'currency' });
});

test('what comes back goes into a frozen wallet; a wallet with money or an open hold is not closed', async () => {
  const { tenantId, ledger, wallets, float } = await aWorld(100n);
  const asked = { tenantId, cause: 'h', from: float._id, minor: 100n, currency, holder: 'me' };
  const held = await ledger.hold(asked);
  expect(held.kind).toBe('held');
  expect(await wallets.setStatus(float, 'closed', said, theHub)).toBeUndefined();
  await wallets.setStatus(float, 'frozen', said, theHub);
  await ledger.endHold({ _id: holdIdOf(tenantId, 'h'), tenantId });
  expect(await minorOf(float)).toBe(100n);
  expect(await wallets.setStatus(float, 'closed', said, theHub)).toBeUndefined();
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

test('a hold pays for its holder only, and ends when its time is over', async () => {
  const { tenantId, ledger, float, payees } = await aWorld(100n);
  const asked = { tenantId, cause: 'h', from: float._id, minor: 100n, currency, holder: 'me' };
  await ledger.hold({ ...asked, expiresAt: new Date(Date.now() - 1) });
  const place = { tenantId, holdId: holdIdOf(tenantId, 'h'), holder: 'me' };
  const pay = (cause: string) => [paymentOf(cause, place.holdId, payees[0]!._id, 30n)];
  expect(await ledger.payFrom({ ...place, holder: 'you' }, pay('p1'))).toEqual({ kind: 'fenced' });
  expect(await ledger.payFrom(place, pay('p1'))).toMatchObject({ kind: 'posted' });
  expect(await ledger.endExpired()).toBeGreaterThan(0);
  expect(await ledger.payFrom(place, pay('p2'))).toEqual({ kind: 'fenced' });
  expect(await minorOf(float)).toBe(70n);
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

test('a fence keeps out whose lease is over, and lets in whoever comes later', async () => {
  const { tenantId, ledger, float } = await aWorld(100n);
  const asked = { tenantId, cause: 'h', from: float._id, minor: 10n, currency, holder: 'late' };
  await ledger.fenceHold(asked);
  expect(await ledger.hold(asked, new Date(Date.now() - 1_000))).toEqual({ kind: 'fenced' });
  expect(await ledger.hold({ ...asked, holder: 'next' }, new Date(Date.now() + 60_000))).toMatchObject({
    kind: 'held',
  });
});

test('of many who pay from one hot wallet at once, each pays once and none below zero', async () => {
  const { tenantId, ledger, float, payees } = await aWorld(1_000n);
  const paid = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      ledger.post(tenantId, [paymentOf(`p/${i % 12}`, float._id, payees[i % 3]!._id, 100n)]),
    ),
  );
  expect(paid.flatMap((one) => (one.kind === 'posted' ? one.fresh : []))).toHaveLength(10);
  expect(await minorOf(float)).toBe(0n);
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

/** Where a caller dies: nowhere, before its transaction is committed, or after it and before it hears. */
type Death = 'none' | 'before' | 'after';
type Step = { readonly actor: number; readonly does: string; readonly n: number; readonly death: Death };

const aStep = fc.record<Step>({
  actor: fc.integer({ min: 0, max: 2 }),
  does: fc.constantFrom('fund', 'hold', 'pay', 'end', 'fence', 'expire', 'reverse'),
  n: fc.integer({ min: 1, max: 4 }),
  death: fc.constantFrom('none', 'none', 'none', 'before', 'after'),
});

/** The driver's transactions, with a caller that dies where the step says. */
function dying(death: Death): Mongo {
  const transaction = async <T>(work: (session: ClientSession) => Promise<T>): Promise<T> => {
    const result = await mongo.transaction(async (session) => {
      const done = await work(session);
      if (death === 'before' && session.inTransaction()) throw new Error('died before the commit');
      return done;
    });
    if (death === 'after') throw new Error('died after the commit');
    return result;
  };
  return { ...mongo, transaction };
}

test('whatever is done side by side and dies where, all postings sum to zero, no wallet is below it, and every hold ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 5, maxLength: 25 }), async (steps) => {
      const world = await aWorld(500n);
      const late = new Date(Date.now() + 3_600_000);
      const byActor = [0, 1, 2].map((actor) => steps.filter((step) => step.actor === actor));
      await Promise.all(
        byActor.map(async (own) => {
          for (const step of own) await take(world, step).catch(died);
        }),
      );
      await createLedger(mongo, c, () => late).endExpired();
      expect(await checkLedger(c, world.tenantId)).toEqual([]);
      expect(await c.wallets.countDocuments({ tenantId: world.tenantId, kind: 'hold', status: 'open' })).toBe(0);
      const entries = await c.journal.find({ tenantId: world.tenantId, kind: 'payment' }).toArray();
      const wallets = await c.wallets.find({ tenantId: world.tenantId, kind: 'receiver' }).toArray();
      const reversed = await c.journal.countDocuments({ tenantId: world.tenantId, kind: 'reversal' });
      const received = wallets.reduce((sum, { minor }) => sum + minor, 0n);
      expect(received).toBe(BigInt(entries.length - reversed) * 50n);
    }),
    { numRuns: 12 },
  );
});

function died(error: Error): void {
  if (!/^died/.test(error.message)) throw error;
}

async function take(world: Awaited<ReturnType<typeof aWorld>>, { actor, does, n, death }: Step): Promise<unknown> {
  const { tenantId, float, payees } = world;
  const ledger: Ledger = createLedger(dying(death), c);
  const cause = `h${n}`;
  const holdId = holdIdOf(tenantId, cause);
  const holder = `actor-${actor}`;
  const asked = { tenantId, cause, from: float._id, minor: 150n, currency, holder };
  const payee = payees[n % 3]!._id;
  if (does === 'hold') return ledger.hold({ ...asked, expiresAt: new Date() });
  if (does === 'pay') return ledger.payFrom({ tenantId, holdId, holder }, [paymentOf(`p${n}`, holdId, payee, 50n)]);
  if (does === 'end') return ledger.endHold({ _id: holdId, tenantId });
  if (does === 'fence') return ledger.fenceHold(asked);
  if (does === 'expire') return ledger.endExpired();
  if (does === 'reverse') {
    const entry = { ...paymentOf(`r${n}`, payee, float._id, 50n), kind: 'reversal' as const };
    return ledger.post(tenantId, [entry], { returns: true });
  }
  const outside = await createLedger(mongo, c).outside(tenantId, currency);
  return ledger.post(
    tenantId,
    [paymentOf(`f${n}`, outside, float._id, 50n)].map((e) => ({ ...e, kind: 'funding' })),
  );
}

test('a ledger that somebody wrote to says where, at its next check and until it is mended; what is being posted is no contradiction', async () => {
  const { tenantId, ledger, float, payees } = await aWorld(1_000n);
  await c.tenants.insertOne({ _id: tenantId, tenantId } as TenantDoc);
  const [payee] = payees;
  await ledger.post(tenantId, [paymentOf('payment/1', float._id, payee!._id, 400n)]);
  const posting = `${payee!._id}/000000000001`;
  const { _id: journalId } = (await c.journal.findOne({ _id: `${tenantId}/payment/1` }))!;
  const told = async (change: () => Promise<unknown>, back: () => Promise<unknown>) => {
    await change();
    const faults = await checkLedger(c, tenantId);
    await back();
    expect(await examineLedger(c, tenantId)).toEqual({ wallets: 5, entries: 2, postings: 4, faults: [] });
    return faults;
  };
  const setMinor = (_id: string, minor: bigint) => c.wallets.updateOne({ _id }, { $set: { minor } });
  expect(
    await told(
      () => setMinor(float._id, 601n),
      () => setMinor(float._id, 600n),
    ),
  ).toEqual([`wallet ${float._id} has 601, its postings 600`]);
  const line = (await c.postings.findOne({ _id: posting }))!;
  expect(
    await told(
      () => c.postings.deleteOne({ _id: posting }),
      () => c.postings.insertOne(line),
    ),
  ).toEqual([
    `wallet ${payee!._id} has 400, its postings 0`,
    `wallet ${payee!._id} counts 1 postings and has 0`,
    'the journal has 4 lines, and the wallets 3 postings',
  ]);
  const setLine = (minor: bigint) => c.journal.updateOne({ _id: journalId }, { $set: { 'lines.1.minor': minor } });
  expect(
    await told(
      () => setLine(401n),
      () => setLine(400n),
    ),
  ).toEqual([`posting ${posting} is no line of its entry ${journalId}`, `entry ${journalId} does not sum to zero`]);
  const entry = (await c.journal.findOne({ _id: journalId }))!;
  expect(
    await told(
      () => c.journal.deleteOne({ _id: journalId }),
      () => c.journal.insertOne(entry),
    ),
  ).toContain(`posting ${posting} has no entry`);
  const all = await told(
    () => c.postings.insertOne({ ...line, _id: `${payee!._id}/000000000002`, balance: 800n }),
    () => c.postings.deleteOne({ _id: `${payee!._id}/000000000002` }),
  );
  expect(all).toContain(`wallet ${payee!._id} counts 1 postings and has 2`);

  // The watch: one process looks, what it found is kept, the next look is an interval later.
  let clock = Date.now() + 600_000;
  const watch = createLedgerWatch(
    c,
    createMarks(c, () => new Date(clock)),
    () => new Date(clock),
  );
  const mine = async () => (await watch.broken()).filter(({ _id }) => _id === tenantId);
  await setMinor(float._id, 601n);
  await watch.check(3_600_000);
  expect(await mine()).toMatchObject([{ faults: [expect.stringContaining('has 601')] }]);
  await setMinor(float._id, 600n);
  expect(await watch.check(3_600_000)).toBe(0);
  expect(await mine()).toHaveLength(1);
  clock += 3_600_001;
  expect(await watch.check(3_600_000)).toBeGreaterThan(0);
  expect(await mine()).toEqual([]);
  // As if the entry were only being posted: what is too young to be settled is not missed.
  await c.postings.deleteOne({ _id: posting });
  await c.wallets.updateOne({ _id: payee!._id }, { $set: { minor: 0n, seq: 0 } });
  expect(await examineLedger(c, tenantId, new Date(entry.at.getTime()))).toMatchObject({ faults: [] });
  expect(await checkLedger(c, tenantId)).toHaveLength(1);
});
