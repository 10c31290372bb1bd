/** The same sentences of every rail, said over real HTTP against its simulator: each rail.test.ts calls describeRail once. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { endToEndIdOf, subBatchIdOf } from '../domain/ids.ts';
import { formatCanonical, parseMoney } from '../domain/money.ts';
import type { Party, Payment } from '../domain/payment.ts';
import { createRailHttp, type RailHttp } from '../platform/http.ts';
import { silentLog } from '../platform/log.ts';
import { type Lie, liedAbout, lies } from './lies.ts';
import { type LyingDoor, openLyingDoor } from './lying-door.ts';
import type { Answer, Call, Exchange, Rail, RailDefinition } from './rail.ts';
import type { LedgerEntry, Simulator } from './simulator.ts';

export type ConformanceOptions = {
  /** Beside `url`; the definition's localConfig where left out. */
  readonly config?: Readonly<Record<string, string>>;
  /** The rail's look-up knows which payees there are; off for a rail that has none. */
  readonly looksUp: boolean;
  /** The rail's answers come over connections of its own, and not through the hub's HTTP client. */
  readonly ownConnections?: boolean;
  /** A message is carried out or refused while it is sent: nothing stays pending at this rail. */
  readonly settlesAtOnce?: boolean;
  /** A message takes steps before it pays anybody: after a lost answer it may never have been received. */
  readonly steps?: boolean;
  /** A party type of the hub's CSV whose identifiers may be any ten digits or more. */
  readonly partyType?: string;
  /** Further sentences of one rail, in the same world. */
  readonly more?: (bench: Bench) => void;
};

/** What a test of a rail works with; made anew for each test, over a ledger of its own. */
export type Bench = {
  /** The rail, opened with another time-out where one is given. */
  open(timeoutMs?: number): Rail;
  /** A call, and what the rail told about it. */
  call(notAfter?: Date): Call & { readonly told: Exchange[] };
  /** What the rail's answers are made into from now on; none: they come as they are. Answers how many were changed. */
  lie(lie?: Lie): () => number;
  /** A payment whose payee (and payer) end in these characters; rows count up within one batch. */
  aPayment(like?: PaymentLike): Payment;
  /** All the rail's steps for these payments, as one message where it is BULK. */
  pay(rail: Rail, payments: readonly Payment[], messageId?: string): Promise<readonly Answer[]>;
  /** The steps before money moves, then `between`, then the one that moves it. */
  payAfter(rail: Rail, payment: Payment, between: () => Promise<unknown>, call?: Call): Promise<Answer>;
  /** Asks as somebody who waited long enough for "never received" to be believed. */
  ask(rail: Rail, payments: readonly Payment[]): Promise<readonly Answer[]>;
  /** Pays, and asks until the rail has decided. */
  decided(rail: Rail, payment: Payment): Promise<Answer>;
  /** Asks until the rail says completed; where it was never received, sends it again. It was paid once. */
  paidInTheEnd(rail: Rail, payment: Payment): Promise<void>;
  readonly settlesAtOnce: boolean;
  ledger(payment: Payment): Promise<LedgerEntry | undefined>;
  control(command: Readonly<Record<string, unknown>>): Promise<void>;
  /** Ends the simulator and starts it again on the same port and ledger. */
  restart(): Promise<void>;
  /** Ends the simulator; the port refuses. */
  stop(): Promise<void>;
  simulator(): Simulator;
};

export type PaymentLike = {
  readonly payee?: string;
  readonly payer?: string;
  readonly amount?: string;
  readonly currency?: string;
};

export function describeRail(definition: RailDefinition, options: ConformanceOptions): void {
  const config = { latems: '150', ...(options.config ?? definition.localConfig?.()) };
  describe(`rail ${definition.id}`, () => {
    const bench = createBench(definition, config, options);
    saysItPays(bench);
    saysItRefuses(bench);
    saysItDoubts(bench);
    saysItIsNotFooled(bench);
    saysItIsFenced(bench);
    if (!options.settlesAtOnce) saysItWaits(bench);
    saysItIsDown(bench);
    if (options.looksUp) saysItLooksUp(bench);
    options.more?.(bench);
  });
}

function saysItPays(bench: Bench): void {
  const amounts = [
    ['USD', '1250.50'],
    ['USD', '100.00'],
    ['USD', '90071992547409.93'],
    ['JPY', '82000'],
    ['KWD', '1.234'],
  ] as const;
  for (const [currency, amount] of amounts) {
    test(`${amount} ${currency} is paid once, digit by digit, from the payer to the payee`, async () => {
      const payment = bench.aPayment({ amount, currency });
      expect(await bench.decided(bench.open(), payment)).toMatchObject({ kind: 'completed' });
      const entry = await bench.ledger(payment);
      expect(entry).toMatchObject({ id: payment.endToEndId, executed: 1, state: 'completed' });
      expect(entry).toMatchObject({ payer: payment.payer.id, payee: payment.payee.id });
      expect(formatCanonical(parseMoney(entry!.amount, currency))).toBe(formatCanonical(payment.amount));
      if (entry?.currency) expect(entry.currency).toBe(currency);
    });
  }

  test('many payments at once are each answered in the order asked', async () => {
    const rail = bench.open();
    const payments = ['0001', '0404', '0002', '0422', '0202', '0003'].map((payee) => bench.aPayment({ payee }));
    await bench.pay(rail, payments);
    await vi.waitFor(async () => {
      const kinds = (await bench.ask(rail, payments)).map(({ kind }) => kind);
      const notTaken = expect.stringMatching(/^(rejected|neverReceived)$/);
      expect(kinds).toEqual([
        'completed',
        notTaken,
        'completed',
        notTaken,
        bench.settlesAtOnce ? notTaken : 'accepted',
        'completed',
      ]);
    }, patience);
  });

  test('what a call tells for the books is small and names neither payer nor payee', async () => {
    const payment = bench.aPayment();
    const call = bench.call();
    const rail = bench.open();
    if (rail.sendBatch) await rail.sendBatch([payment], messageIdOf(payment), call);
    else await bench.payAfter({ ...rail, send: (asked) => rail.send!(asked, call) }, payment, async () => {});
    expect(call.told.length).toBeGreaterThan(0);
    for (const exchange of call.told) {
      const text = JSON.stringify(exchange);
      expect(text.length).toBeLessThan(2_048);
      expect(text).not.toContain(payment.payer.id);
      expect(text).not.toContain(payment.payee.id);
    }
  });
}

function saysItRefuses(bench: Bench): void {
  test('a payee who is not there is rejected with 404 and the rail’s own words', async () => {
    const payment = bench.aPayment({ payee: '0404' });
    const answer = await bench.decided(bench.open(), payment);
    expect(answer).toMatchObject({
      kind: 'rejected',
      code: 404,
      railCode: expect.stringMatching(/./),
      text: expect.stringMatching(/./),
    });
    expect((await bench.ledger(payment))?.executed ?? 0).toBe(0);
  });

  test.for([{ payee: '0422' }, { amount: '10.13' }])('$payee$amount is refused with 422', async (like) => {
    const payment = bench.aPayment(like);
    const answer = await bench.decided(bench.open(), payment);
    expect(answer).toMatchObject({ kind: 'rejected', code: 422, railCode: expect.stringMatching(/./) });
    expect((await bench.ledger(payment))?.executed ?? 0).toBe(0);
  });

  test('a payee that refuses once takes the next payment, under an id of its own', async () => {
    const rail = bench.open();
    const first = bench.aPayment({ payee: '0423' });
    const next = { ...bench.aPayment(), payee: first.payee };
    expect(await bench.decided(rail, first)).toMatchObject({ kind: 'rejected', code: 422 });
    expect(await bench.decided(rail, next)).toMatchObject({ kind: 'completed' });
    expect((await bench.ledger(first))?.executed ?? 0).toBe(0);
    expect(await bench.ledger(next)).toMatchObject({ executed: 1 });
  });

  test('a payer without funds is blocked, and the same payment goes through once there are some', async () => {
    const rail = bench.open();
    const payment = bench.aPayment({ payer: '0402' });
    expect(await bench.decided(rail, payment)).toMatchObject({
      kind: 'payerBlocked',
      railCode: expect.stringMatching(/./),
    });
    expect((await bench.ledger(payment))?.executed ?? 0).toBe(0);
    await bench.control({ fund: payment.payer.id });
    expect(await bench.decided(rail, payment)).toMatchObject({ kind: 'completed' });
    expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
  });
}

function saysItDoubts(bench: Bench): void {
  test('paid and then cut: unknown, asking says completed, and it was paid once', async () => {
    const rail = bench.open();
    const payment = bench.aPayment({ payee: '0504' });
    expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'unknown' }]);
    await vi.waitFor(
      async () => expect(await bench.ask(rail, [payment])).toMatchObject([{ kind: 'completed' }]),
      patience,
    );
    expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
  });

  test.for(['0505', '0502'])(
    '%s was not taken: unknown, asking says never received, and sent again it is paid once',
    async (payee) => {
      const rail = bench.open();
      const payment = bench.aPayment({ payee });
      expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'unknown' }]);
      expect(await bench.ask(rail, [payment])).toMatchObject([{ kind: 'neverReceived' }]);
      expect((await bench.ledger(payment))?.executed ?? 0).toBe(0);
      expect(await bench.decided(rail, payment)).toMatchObject({ kind: 'completed' });
      expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
    },
  );

  test('no answer in time: unknown, and asking says what came of it', async () => {
    const payment = bench.aPayment();
    const answer = await bench.payAfter(bench.open(600), payment, () => bench.control({ mute: 'writes' }));
    expect(answer).toMatchObject({ kind: 'unknown' });
    await bench.control({ mute: false });
    const rail = bench.open();
    await bench.paidInTheEnd(rail, payment);
  });

  test('asking while the rail is down decides nothing', async () => {
    const rail = bench.open();
    const payment = bench.aPayment({ payee: '0504' });
    await bench.pay(rail, [payment]);
    await bench.control({ down: true });
    expect(await bench.ask(rail, [payment])).toMatchObject([{ kind: expect.stringMatching(/^(unknown|notSent)$/) }]);
  });
}

function saysItIsNotFooled(bench: Bench): void {
  const isOpen = { kind: expect.stringMatching(/^(unknown|accepted)$/) };

  test.for(lies)('an answer with %s instead is not believed, and asking says what is true', async (lie) => {
    const rail = bench.open();
    const payment = bench.aPayment();
    let changed = () => 0;
    const answer = await bench.payAfter(rail, payment, async () => {
      changed = bench.lie(lie);
    });
    if (changed() > 0) expect(answer).toMatchObject(isOpen);
    changed = bench.lie(lie);
    const [asked] = await bench.ask(rail, [payment]);
    if (changed() > 0) expect(asked).toMatchObject(isOpen);
    bench.lie();
    await bench.paidInTheEnd(rail, payment);
  });

  test.for(lies)('a rail that answers %s from the first step on refuses nobody, and then pays once', async (lie) => {
    const rail = bench.open();
    const payment = bench.aPayment();
    const changed = bench.lie(lie);
    const [answer] = await bench.pay(rail, [payment]);
    if (changed() > 0) expect(answer?.kind).toMatch(/^(unknown|accepted|notSent)$/);
    bench.lie();
    if (answer?.kind === 'notSent') expect(await bench.decided(rail, payment)).toMatchObject({ kind: 'completed' });
    await bench.paidInTheEnd(rail, payment);
  });

  test.for(lies)('a refusal with %s instead of its own is not final', async (lie) => {
    const rail = bench.open();
    const payment = bench.aPayment({ payee: '0422' });
    const changed = bench.lie(lie);
    const [answer] = await bench.pay(rail, [payment]);
    if (changed() > 0) expect(answer?.kind).not.toBe('rejected');
    const again = bench.lie(lie);
    const [asked] = await bench.ask(rail, [payment]);
    if (again() > 0) expect(asked?.kind).not.toMatch(/^(rejected|completed)$/);
  });
}

function saysItIsFenced(bench: Bench): void {
  test('whose lease is over sends nothing, and that is proof that nothing was sent', async () => {
    const rail = bench.open();
    const payment = bench.aPayment();
    const answer = await bench.payAfter(rail, payment, async () => {}, bench.call(new Date(Date.now() - 1)));
    expect(answer).toMatchObject({ kind: 'notSent' });
    expect(await bench.ledger(payment)).toBeUndefined();
    expect(await bench.decided(rail, payment)).toMatchObject({ kind: 'completed' });
    expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
  });
}

function saysItWaits(bench: Bench): void {
  test('what stays pending is accepted for as long as anybody asks', async () => {
    const rail = bench.open();
    const payment = bench.aPayment({ payee: '0202' });
    expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'accepted' }]);
    expect(await bench.ask(rail, [payment])).toMatchObject([{ kind: 'accepted' }]);
    expect(await bench.ledger(payment)).toMatchObject({ executed: 0, state: 'pending' });
  });

  test('what is pending is completed later, also by a simulator that was started again meanwhile', async () => {
    const rail = bench.open();
    const payment = bench.aPayment({ payee: '0203' });
    expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'accepted' }]);
    await bench.restart();
    await vi.waitFor(
      async () => expect(await bench.ask(rail, [payment])).toMatchObject([{ kind: 'completed' }]),
      patience,
    );
    expect(await bench.ledger(payment)).toMatchObject({ executed: 1, state: 'completed' });
  });
}

function saysItIsDown(bench: Bench): void {
  test('a refused connection is not sent', async () => {
    const rail = bench.open();
    await bench.stop();
    expect(await bench.pay(rail, [bench.aPayment()])).toMatchObject([{ kind: 'notSent' }]);
  });

  test('a rail that says 503 has not taken it', async () => {
    const rail = bench.open();
    const payment = bench.aPayment();
    await bench.control({ down: true });
    expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'notSent' }]);
    await bench.control({ down: false });
    expect(await bench.ledger(payment)).toBeUndefined();
  });

  test('503 twice is not sent twice, and then it is paid once', async () => {
    const rail = bench.open();
    const payment = bench.aPayment({ payee: '0503' });
    const answers = [await bench.decided(rail, payment)];
    while (answers.at(-1)?.kind === 'notSent' && answers.length < 5) answers.push(await bench.decided(rail, payment));
    expect(answers.at(-1)).toMatchObject({ kind: 'completed' });
    expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
  });

  test('health says whether the rail is there', async () => {
    const rail = bench.open();
    expect(await rail.health(AbortSignal.timeout(5_000))).toMatchObject({ ok: true });
    await bench.control({ down: true });
    expect(await rail.health(AbortSignal.timeout(5_000))).toMatchObject({ ok: false });
  });
}

function saysItLooksUp(bench: Bench): void {
  test('look-up finds who is there, and not who is not', async () => {
    const rail = bench.open();
    expect(await rail.lookup(bench.aPayment().payee, bench.call())).toMatchObject({ kind: 'found' });
    expect(await rail.lookup(bench.aPayment({ payee: '0404' }).payee, bench.call())).toMatchObject({
      kind: 'notFound',
    });
  });

  test('look-up while the rail is down is to be tried again', async () => {
    const rail = bench.open();
    await bench.control({ down: true });
    expect(await rail.lookup(bench.aPayment().payee, bench.call())).toMatchObject({ kind: 'retry' });
  });
}

/** Long enough for a busy machine; what is waited for comes much sooner. */
const patience = { timeout: 5_000, interval: 20 };

function createBench(
  definition: RailDefinition,
  config: Readonly<Record<string, string>>,
  { partyType = 'accountNumber', ownConnections = false, settlesAtOnce = false, steps = false }: ConformanceOptions,
): Bench {
  let dir = '';
  let lyingDoor: LyingDoor | undefined;
  let simulator: Simulator | undefined;
  let batchId = '';
  let rows = 0;
  let told: Lie | undefined;
  let changes = 0;
  const opened: Rail[] = [];

  /** Changes answers before the rail reads them, as something between hub and rail would. */
  const lying = (http: RailHttp): RailHttp => ({
    ...http,
    async request(asked) {
      const response = await http.request(asked);
      return response.kind === 'answered' ? { ...response, text: asTold(response.text) } : response;
    },
  });

  function asTold(text: string): string {
    const changed = told ? liedAbout(told, text) : text;
    if (changed !== text) changes += 1;
    return changed;
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), `${definition.id}-`));
    simulator = await definition.simulate({ port: 0, dir, config });
    if (ownConnections) {
      const { url } = simulator;
      lyingDoor = await openLyingDoor(() => url, asTold);
    }
    batchId = randomUUID();
    rows = 0;
    told = undefined;
  });
  afterEach(async () => {
    await lyingDoor?.close();
    await simulator?.close();
    for (const rail of opened.splice(0)) await rail.close();
    await rm(dir, { recursive: true });
  });

  const running = () => simulator!;
  const door = (path: string) => `http://127.0.0.1:${running().port}${path}`;
  const party = (prefix: string, ending: string): Party => ({ type: partyType, id: `${prefix}${ending}` });

  const bench: Bench = {
    open(timeoutMs = definition.limits.timeoutMs) {
      const url = lyingDoor?.url ?? running().url;
      const limits = { ...definition.limits, timeoutMs };
      const own: Record<string, string> = ownConnections ? { timeout_ms: String(timeoutMs) } : {};
      const http = lying(createRailHttp({ baseUrl: url, name: definition.id, limits, log: silentLog }));
      const now = () => new Date();
      const callbackUrlOf = (payment: Payment) => `http://127.0.0.1:9/callbacks/${payment.row}`;
      const rail = definition.open({ http, config: { ...config, url, ...own }, callbackUrlOf, now, log: silentLog });
      opened.push(rail);
      return rail;
    },
    call(notAfter) {
      const told: Exchange[] = [];
      return { signal: new AbortController().signal, tell: (exchange) => void told.push(exchange), told, notAfter };
    },
    lie(lie) {
      told = lie;
      changes = 0;
      return () => changes;
    },
    aPayment({ payee = '0001', payer = '0160', amount = '12.50', currency = 'USD' } = {}) {
      rows += 1;
      return {
        tenantId: 'ibank-usa',
        batchId,
        row: rows,
        endToEndId: endToEndIdOf(batchId, rows),
        subBatchId: subBatchIdOf(batchId, 1),
        rail: definition.id,
        payer: party('23276100', payer),
        payee: party(`2327${String(rows).padStart(4, '0')}`, payee),
        amount: parseMoney(amount, currency),
        note: 'Test Payee Payment',
        clientId: String(rows),
        requestId: randomUUID(),
        extra: {},
      };
    },
    async pay(rail, payments, messageId = messageIdOf(payments[0]!)) {
      if (rail.sendBatch) return rail.sendBatch(payments, messageId, bench.call());
      return Promise.all(payments.map((payment) => bench.payAfter(rail, payment, async () => {})));
    },
    async payAfter(rail, payment, between, call = bench.call()) {
      if (rail.sendBatch) {
        // A message before it, so that what a rail does once, such as signing in, is done.
        await rail.sendBatch([bench.aPayment()], `${messageIdOf(payment)}-before`, bench.call());
        await between();
        const [answer] = await rail.sendBatch([payment], messageIdOf(payment), call);
        return answer!;
      }
      const found = await rail.resolvePayee?.(payment, call);
      if (found?.kind === 'notFound') return { ...found, kind: 'rejected', code: 404 };
      if (found?.kind === 'retry') return { kind: 'notSent', text: found.text };
      const quoted = await rail.quote?.(payment, call);
      if (quoted && quoted.kind !== 'quoted') return quoted;
      await between();
      return rail.send!(payment, call);
    },
    async ask(rail, payments) {
      const at = new Date(Date.now() - definition.neverReceivedAfterMs - 60_000);
      const messageId = messageIdOf(payments[0]!);
      if (rail.queryBatch) return rail.queryBatch(payments, { at, messageId }, bench.call());
      return Promise.all(payments.map((payment) => rail.query(payment, { at }, bench.call())));
    },
    async decided(rail, payment) {
      let [answer] = await bench.pay(rail, [payment]);
      if (answer?.kind !== 'accepted') return answer!;
      await vi.waitFor(async () => {
        [answer] = await bench.ask(rail, [payment]);
        expect(answer?.kind).not.toBe('accepted');
      }, patience);
      return answer!;
    },
    async paidInTheEnd(rail, payment) {
      const ended = steps ? /^(completed|neverReceived)$/ : /^completed$/;
      const [answer] = await vi.waitFor(async () => {
        const asked = await bench.ask(rail, [payment]);
        expect(asked[0]?.kind).toMatch(ended);
        return asked;
      }, patience);
      if (answer?.kind === 'neverReceived') {
        expect((await bench.ledger(payment))?.executed ?? 0).toBe(0);
        expect(await bench.decided(rail, payment)).toMatchObject({ kind: 'completed' });
      }
      expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
    },
    settlesAtOnce,
    async ledger({ endToEndId }) {
      const line = (await (await fetch(door(`/_ledger?ids=${endToEndId}`))).text()).trim();
      return line ? (JSON.parse(line) as LedgerEntry) : undefined;
    },
    async control(command) {
      await fetch(door('/_control'), { method: 'POST', body: JSON.stringify(command) });
    },
    async restart() {
      const { port } = running();
      await bench.stop();
      simulator = await definition.simulate({ port, dir, config });
    },
    async stop() {
      await simulator?.close();
      simulator = undefined;
    },
    simulator: running,
  };
  return bench;
}

/** A message has fixed rows: another first row is another message. */
function messageIdOf(payment: Payment): string {
  return `${payment.subBatchId}-${payment.row}`;
}
