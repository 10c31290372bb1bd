import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endToEndIdOf, subBatchIdOf } from '../../domain/ids.ts';
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { type ClientSession, connectMongo, type Mongo } from '../../platform/mongo.ts';
import { onBehalfOf } from '../../platform/share.ts';
import { theHub } from '../../store/audit.ts';
import { type Collections, collectionsOf, ensureIndexes } from '../../store/collections.ts';
import { checkLedger } from '../../store/ledger/check-ledger.ts';
import { createLedger } from '../../store/ledger/ledger.ts';
import { createWalletPayments } from '../../store/pay-from-wallet.ts';
import { createWallets } from '../../store/wallets.ts';
import type { Call, Exchange, Rail } from '../rail.ts';
import { openEmbedded } from './embedded.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  mongo = await connectMongo((process.env.MONGODB_URI ?? '').replace('/tributary?', '/tributary_rail_tests?'));
  c = collectionsOf(mongo);
  await ensureIndexes(c);
});
afterAll(() => mongo.close());

const now = () => new Date();

/** Where a sender dies: at its how manieth transaction, before the commit or after it. */
type Death = { readonly at: number; readonly when: 'before' | 'after' };

function railOver(death?: Death): Rail {
  let transactions = 0;
  const transaction = async <T>(work: (session: ClientSession) => Promise<T>): Promise<T> => {
    transactions += 1;
    const isLast = transactions === death?.at;
    const result = await mongo.transaction(async (session) => {
      const done = await work(session);
      if (isLast && death.when === 'before' && session.inTransaction()) throw new Error('died');
      return done;
    });
    if (death && transactions >= death.at) throw new Error('died');
    return result;
  };
  return openEmbedded(createWalletPayments(c, createLedger({ ...mongo, transaction }, c), now), now);
}

function aCall(notAfter?: Date): Call & { readonly told: Exchange[] } {
  const told: Exchange[] = [];
  return { signal: new AbortController().signal, tell: (exchange) => void told.push(exchange), told, notAfter };
}

async function aWorld(funds = '1000.00', currency = 'USD') {
  const tenantId = `rail-${randomUUID().slice(0, 13)}`;
  const batchId = randomUUID();
  const wallets = createWallets(mongo, c, createLedger(mongo, c));
  const open = async (kind: 'float' | 'receiver', money = currency) => {
    const asked = { _id: randomUUID(), tenantId, owner: 'x', currency: money, kind, allowNegative: false };
    return (await wallets.open(asked, theHub)).wallet;
  };
  const float = await open('float');
  const fund = (amount: string) => {
    const { minor } = parseMoney(amount, currency);
    return wallets.fund({ tenantId, wallet: float, minor, cause: randomUUID(), actor: theHub, by: 'x', reason: 'x' });
  };
  await fund(funds);
  let rows = 0;
  const aPayment = (payee: string, amount = '12.50', payer = float._id): Payment => {
    rows += 1;
    return {
      tenantId,
      batchId,
      row: rows,
      endToEndId: endToEndIdOf(batchId, rows),
      subBatchId: subBatchIdOf(batchId, 1),
      rail: 'closed-loop',
      payer: { type: 'walletId', id: payer },
      payee: { type: 'walletId', id: payee },
      amount: parseMoney(amount, currency),
      note: '',
      clientId: String(rows),
      requestId: '',
      extra: {},
    };
  };
  const minorOf = async (id: string) => (await c.wallets.findOne({ _id: id }))!.minor;
  return { tenantId, batchId, wallets, open, float, fund, aPayment, minorOf };
}

const send = (rail: Rail, payments: readonly Payment[], messageId: string = randomUUID(), call = aCall()) =>
  rail.sendBatch!(payments, messageId, call);
const ask = (rail: Rail, payments: readonly Payment[], messageId: string) =>
  rail.queryBatch!(payments, { at: new Date(), messageId }, aCall());
const kinds = (answers: readonly { kind: string }[]) => answers.map(({ kind }) => kind);

test.for([
  ['USD', '1250.50'],
  ['JPY', '82000'],
  ['KWD', '1.234'],
  ['USD', '9007199254740.93'],
] as const)(
  '%s %s is paid once, digit by digit, from the payer to the payee, and asking says completed',
  async ([currency, amount]) => {
    const world = await aWorld(amount, currency);
    const payee = await world.open('receiver');
    const payment = world.aPayment(payee._id, amount);
    const call = aCall();
    expect(await send(railOver(), [payment], 'm1', call)).toMatchObject([
      { kind: 'completed', reference: `payment/${payment.endToEndId}` },
    ]);
    expect(await send(railOver(), [payment], 'm2')).toMatchObject([{ kind: 'completed' }]);
    expect(await ask(railOver(), [payment], 'm1')).toMatchObject([{ kind: 'completed' }]);
    expect([await world.minorOf(world.float._id), await world.minorOf(payee._id)]).toEqual([0n, payment.amount.minor]);
    expect(JSON.stringify(call.told)).not.toContain(world.float._id);
    expect(await checkLedger(c, world.tenantId)).toEqual([]);
  },
);

test('who is not there, frozen, of another currency, of another tenant or the payer itself is refused; the others are paid', async () => {
  const world = await aWorld();
  const [good, frozen, yen] = [
    await world.open('receiver'),
    await world.open('receiver'),
    await world.open('receiver', 'JPY'),
  ];
  await world.wallets.setStatus(frozen, 'frozen', { by: 'x', reason: 'x', at: now() }, theHub);
  const stranger = await aWorld();
  const payees = [good._id, randomUUID(), frozen._id, yen._id, stranger.float._id, world.float._id];
  const answers = await send(
    railOver(),
    payees.map((payee) => world.aPayment(payee)),
  );
  expect(answers).toMatchObject([
    { kind: 'completed' },
    { kind: 'rejected', code: 404, railCode: 'payee-missing' },
    { kind: 'rejected', code: 422, railCode: 'payee-frozen' },
    { kind: 'rejected', code: 422, railCode: 'payee-currency' },
    { kind: 'rejected', code: 404, railCode: 'payee-missing' },
    { kind: 'rejected', code: 422, railCode: 'payee-same' },
  ]);
  expect(await world.minorOf(world.float._id)).toBe(98_750n);
  expect(await checkLedger(c, world.tenantId)).toEqual([]);
});

test('a payer without funds is blocked for all of the message, and the same message goes through once there are some', async () => {
  const world = await aWorld('20.00');
  const payee = await world.open('receiver');
  const payments = [world.aPayment(payee._id), world.aPayment(payee._id)];
  expect(await send(railOver(), payments, 'm1')).toMatchObject([
    { kind: 'payerBlocked', railCode: 'payer-funds' },
    { kind: 'payerBlocked' },
  ]);
  expect(await world.minorOf(payee._id)).toBe(0n);
  await world.fund('5.00');
  expect(kinds(await send(railOver(), payments, 'm1'))).toEqual(['completed', 'completed']);
  await world.wallets.setStatus(world.float, 'frozen', { by: 'x', reason: 'x', at: now() }, theHub);
  expect(await send(railOver(), [world.aPayment(payee._id)])).toMatchObject([
    { kind: 'payerBlocked', railCode: 'payer-frozen' },
  ]);
});

test('a payer that is no wallet of the tenant, or a hold of something else, is refused', async () => {
  const world = await aWorld();
  const payee = await world.open('receiver');
  const held = await createLedger(mongo, c).hold({
    tenantId: world.tenantId,
    cause: 'route/1',
    from: world.float._id,
    minor: 100n,
    currency: 'USD',
    holder: 'another batch',
  });
  if (held.kind !== 'held') throw new Error(held.kind);
  for (const payer of [randomUUID(), held.hold._id]) {
    const answers = await send(railOver(), [world.aPayment(payee._id, '1.00', payer)]);
    expect(answers).toMatchObject([{ kind: 'rejected', code: 422, railCode: 'payer-missing' }]);
  }
});

test('whose lease is over sends nothing; who slept past a question cannot pay any more, and the next can', async () => {
  const world = await aWorld();
  const payee = await world.open('receiver');
  const payment = world.aPayment(payee._id);
  const past = new Date(Date.now() - 1);
  expect(kinds(await send(railOver(), [payment], 'm1', aCall(past)))).toEqual(['notSent']);
  expect(kinds(await ask(railOver(), [payment], 'm1'))).toEqual(['neverReceived']);
  // It looked at its watch before the question came, and holds after it.
  const sleeper = openEmbedded(createWalletPayments(c, createLedger(mongo, c), now), () => new Date(0));
  expect(kinds(await send(sleeper, [payment], 'm1', aCall(past)))).toEqual(['notSent']);
  expect(await world.minorOf(payee._id)).toBe(0n);
  expect(kinds(await send(railOver(), [payment], 'm1', aCall(new Date(Date.now() + 20_000))))).toEqual(['completed']);
});

test('look-up finds who is there, and not who is not, is frozen or is another tenant’s', async () => {
  const world = await aWorld();
  const stranger = await aWorld();
  const lookUp = async (id: string) =>
    (await onBehalfOf(world.tenantId, () => railOver().lookup({ type: 'walletId', id }, aCall()))).kind;
  expect(await lookUp((await world.open('receiver'))._id)).toBe('found');
  expect(await lookUp(randomUUID())).toBe('notFound');
  expect(await lookUp(stranger.float._id)).toBe('notFound');
});

test('a thousand rows are paid from one wallet that is written to twice', async () => {
  const world = await aWorld('1000.00');
  const payees = await Promise.all(Array.from({ length: 20 }, () => world.open('receiver')));
  const payments = Array.from({ length: 1_000 }, (_, i) => world.aPayment(payees[i % 20]!._id, '1.00'));
  expect(new Set(kinds(await send(railOver(), payments)))).toEqual(new Set(['completed']));
  expect(await world.minorOf(world.float._id)).toBe(0n);
  expect((await c.wallets.findOne({ _id: world.float._id }))!.seq).toBeLessThanOrEqual(3);
  expect(await checkLedger(c, world.tenantId)).toEqual([]);
});

test('wherever a sender dies, the question is true: what it says was paid was, what it says was not never is, and all is paid once in the end', async () => {
  const deaths = fc.record<Death>({ at: fc.integer({ min: 1, max: 4 }), when: fc.constantFrom('before', 'after') });
  await fc.assert(
    fc.asyncProperty(fc.array(deaths, { minLength: 1, maxLength: 3 }), async (dying) => {
      const world = await aWorld('600.00');
      const payee = await world.open('receiver');
      const payments = Array.from({ length: 600 }, () => world.aPayment(payee._id, '1.00'));
      let open: readonly Payment[] = payments;
      for (const [i, death] of [...dying, undefined].entries()) {
        const answers = await send(railOver(death), open, `m${i}`);
        const asked = await ask(railOver(), open, `m${i}`);
        expect(new Set(kinds(asked).map((kind) => /^(completed|neverReceived)$/.test(kind)))).toEqual(new Set([true]));
        answers.forEach(({ kind }, at) => void (kind === 'completed' && expect(asked[at]!.kind).toBe('completed')));
        const left = open.filter((_, at) => asked[at]!.kind === 'neverReceived');
        expect(await world.minorOf(payee._id)).toBe(BigInt(600 - left.length) * 100n);
        expect(await world.minorOf(world.float._id)).toBe(BigInt(left.length) * 100n);
        open = left;
        if (open.length === 0) break;
      }
      expect(open).toEqual([]);
      expect(await checkLedger(c, world.tenantId)).toEqual([]);
    }),
    { numRuns: 8 },
  );
});
