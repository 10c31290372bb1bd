/** SLCB as far as its interface is known, with a durable ledger: signs in, pays messages, reconciles. It never refuses a repeated batchID. */
import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { endToEndIdOf, isUuid } from '../../domain/ids.ts';
import { digitsOf, exactNumber, stringifyExact } from '../../platform/exact-json.ts';
import {
  isAboveLimit,
  isPayerWithoutFunds,
  lateMsByDefault,
  type Magic,
  magicNow,
  magicOf,
  spoiltBy,
} from '../magic.ts';
import type { Simulator, SimulatorOptions } from '../simulator.ts';
import {
  busyAnswer,
  nonsenseAnswer,
  type Route,
  recordOf,
  type SimulatedAnswer,
  type SimulatedRequest,
  startSimulator,
} from '../simulator-kit.ts';
import type { Booked, Booking, SimulatorLedger } from '../simulator-ledger.ts';
import { nonceOf, privateKeyOf } from './authorization.ts';
import { paid, pending, refusals } from './mapping.ts';

/** What the bank keeps of a payment beside the ledger's own fields. */
type Kept = {
  readonly batchId: string;
  readonly row: number;
  readonly at: number;
  readonly reference: string;
  readonly code: number;
  readonly text: string;
};

type AskedPayee = { readonly row: number; readonly account: string; readonly amount: string };
type Asked = { readonly batchId: string; readonly source: string; readonly payees: readonly AskedPayee[] };

/** Secrets made anew: keep what one call gives for both the rail and the simulator. */
export function localConfig(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    username: 'tributary',
    password: randomBytes(18).toString('base64url'),
    institution_code: 'TRIBUTARY',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    currencies: 'USD,EUR,GBP,SLE,SLL,INR,RWF,KES,NGN,GHS,MWK,TZS,UGX,ZMW,XOF,XAF,JPY,KWD',
  };
}

export function simulateSlcb(options: SimulatorOptions): Promise<Simulator> {
  return startSimulator<Kept>({ options, routes: (ledger) => routesOf(ledger, options) });
}

function routesOf(ledger: SimulatorLedger<Kept>, { config, now = () => new Date() }: SimulatorOptions): Route[] {
  const key = privateKeyOf(config.private_key!);
  const tokens = new Map<string, number>();
  const tokenSeconds = Number(config.token_seconds ?? 3_600);
  const lateMs = Number(config.latems ?? lateMsByDefault);

  function signIn({ body }: SimulatedRequest): SimulatedAnswer {
    const { username, password } = recordOf(body);
    if (username !== config.username || password !== config.password) {
      return { status: 400, body: { code: 1001, description: 'Invalid username or password', sourceData: null } };
    }
    const token = randomUUID();
    tokens.set(token, now().getTime() + tokenSeconds * 1_000);
    return { status: 200, body: { token, expiresIn: tokenSeconds } };
  }

  /** Only with a token that lives, and an authorization code of the institution's key. */
  const guarded =
    (handle: (body: Readonly<Record<string, unknown>>) => SimulatedAnswer) =>
    ({ headers, body }: SimulatedRequest): SimulatedAnswer => {
      const token = headers.authorization?.replace('Bearer ', '') ?? '';
      if (now().getTime() >= (tokens.get(token) ?? 0)) {
        return { status: 401, body: { code: 1002, description: 'Token expired', sourceData: null } };
      }
      const asked = recordOf(body);
      if (!isAuthorized(key, asked.authorizationCode)) {
        return { status: 200, body: { status: statusOf(refusals.badAuthorization, 'Invalid authorization code') } };
      }
      return handle(asked);
    };

  function pay(body: Readonly<Record<string, unknown>>): SimulatedAnswer {
    const asked = askedOf(body);
    if (typeof asked === 'string') return { status: 400, body: { code: 1003, description: asked, sourceData: null } };
    const magics = new Set(asked.payees.map(({ account }) => magicOf(account)));
    const spoilt = spoiltBy(magics, magics.size > 1 || !magics.has(undefined) ? ledger.sightsOf(asked.batchId) : 0);
    if (spoilt === 'busyTwice') return busyAnswer;
    if (spoilt === 'nonsense') return nonsenseAnswer;
    if (spoilt === 'cutBeforePaid') return 'hang-up';
    if (isPayerWithoutFunds(asked.source) && !ledger.isFunded(asked.source)) {
      return { status: 200, body: { ...body, status: statusOf(refusals.noFunds, 'Insufficient funds'), payees: [] } };
    }
    const booked = asked.payees.map((payee) => {
      const magic = magicNow(payee.account, ledger.sightsOf);
      return bookingOf(asked, payee, magic, now().getTime(), lateMs);
    });
    for (const booking of booked) ledger.book(booking);
    if (magics.has('paidThenCut')) return 'hang-up';
    return { status: 200, body: paidBody(body, booked) };
  }

  function reconcile({ from, to, bban }: Readonly<Record<string, unknown>>): SimulatedAnswer {
    const [fromMs, toMs] = [Date.parse(String(from)), Date.parse(String(to))];
    if (Number.isNaN(fromMs) || Number.isNaN(toMs)) {
      return { status: 400, body: { code: 1003, description: 'from and to are dates', sourceData: null } };
    }
    const isListed = ({ payer, data }: Booked<Kept>) => payer === bban && data.at >= fromMs && data.at <= toMs + 999;
    return { status: 200, lines: reconciliationLines(ledger.all(), isListed, String(bban)) };
  }

  const balance = ({ account }: Readonly<Record<string, unknown>>): SimulatedAnswer => {
    const isEmpty = isPayerWithoutFunds(String(account)) && !ledger.isFunded(String(account));
    return {
      status: 200,
      body: { amount: exactNumber(isEmpty ? '0.00' : '1000000000000000.00'), status: statusOf(paid, 'Success') },
    };
  };

  return [
    { method: 'POST', path: '/api/auth', handle: signIn },
    { method: 'POST', path: '/api/transactionRequest', handle: guarded(pay) },
    { method: 'POST', path: '/api/reconciliation', handle: guarded(reconcile) },
    { method: 'POST', path: '/api/accountBalance', handle: guarded(balance) },
  ];
}

function isAuthorized(key: KeyObject, code: unknown): boolean {
  const nonce = typeof code === 'string' ? nonceOf(key, code) : undefined;
  return nonce !== undefined && isUuid(nonce);
}

/** The message as far as the bank needs it, or what is wrong with it. */
function askedOf(body: Readonly<Record<string, unknown>>): Asked | string {
  const { batchID, sourceAccount, totalAmountToBePaid, payees } = body;
  if (typeof batchID !== 'string' || typeof sourceAccount !== 'string') return 'batchID and sourceAccount are required';
  if (!Array.isArray(payees) || payees.length === 0) return 'payees are required';
  const read = payees.map((value) => {
    const { externalTransactionId: row, account, amount } = recordOf(value);
    return { row: Number(row), account: String(account ?? ''), amount: digitsOf(amount) ?? '' };
  });
  if (read.some(({ row, account, amount }) => !Number.isInteger(row) || !account || !isPositive(amount))) {
    return 'a payee is not valid';
  }
  if (!isSumOf(digitsOf(totalAmountToBePaid) ?? '', read)) return 'totalAmountToBePaid is not the sum of the payees';
  return { batchId: batchID, source: sourceAccount, payees: read };
}

function isPositive(amount: string): boolean {
  return /^\d{1,18}(\.\d{1,4})?$/.test(amount) && /[1-9]/.test(amount);
}

function isSumOf(total: string, payees: readonly AskedPayee[]): boolean {
  return isPositive(total) && scaled(total) === payees.reduce((sum, { amount }) => sum + scaled(amount), 0n);
}

/** Ten-thousandths, as no currency has more than four decimals. */
function scaled(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(4, '0'));
}

function bookingOf(
  { batchId, source }: Asked,
  { row, account, amount }: AskedPayee,
  magic: Magic | undefined,
  at: number,
  lateMs: number,
): Booking<Kept> {
  const refusal = refusalOf(magic, amount);
  const isLater = magic === 'pending' || magic === 'late';
  return {
    id: idOf(batchId, row),
    executes: !refusal && !isLater,
    state: refusal ? 'rejected' : isLater ? 'pending' : 'completed',
    amount,
    currency: '',
    payer: source,
    payee: account,
    data: {
      batchId,
      row,
      at,
      reference: `SL${randomBytes(8).toString('hex')}`,
      ...(refusal ?? { code: paid, text: 'Paid' }),
    },
    ...(magic === 'late' && !refusal && { due: { at: at + lateMs, state: 'completed' } }),
  };
}

function refusalOf(magic: ReturnType<typeof magicOf>, amount: string): { code: number; text: string } | undefined {
  if (magic === 'notFound') return { code: refusals.payeeNotFound, text: 'Account not found' };
  if (magic === 'refused') return { code: refusals.inactiveAccount, text: 'Inactive Account' };
  if (isAboveLimit(amount)) return { code: refusals.aboveLimit, text: 'Amount above limit' };
  return undefined;
}

/** The hub's id of the payment, which batchID and row name one to one; the two themselves for messages of others. */
function idOf(batchId: string, row: number): string {
  const uuid = batchId.slice(0, 36);
  return isUuid(uuid) ? endToEndIdOf(uuid, row) : `${batchId}/${row}`;
}

/** Payees come back in another order than they went, because nothing promises theirs. */
function paidBody(body: Readonly<Record<string, unknown>>, booked: readonly Booking<Kept>[]): unknown {
  const total = booked.reduce((sum, { executes, amount }) => (executes ? sum + scaled(amount) : sum), 0n);
  const digits = total.toString().padStart(5, '0');
  return {
    ...body,
    status: statusOf(paid, 'Success'),
    totalAmountPaid: exactNumber(`${digits.slice(0, -4)}.${digits.slice(-4)}`),
    payees: booked.map(payeeOf).reverse(),
  };
}

/** The account's payments as a message would list them, written as they are found: there may be very many. */
function* reconciliationLines(
  entries: Iterable<Booked<Kept>>,
  isListed: (entry: Booked<Kept>) => boolean,
  account: string,
): IterableIterator<string> {
  yield `${stringifyExact({ sourceAccount: account, status: statusOf(paid, 'Success') }).slice(0, -1)},"payees":[`;
  let comma = '';
  for (const entry of entries) {
    if (!isListed(entry)) continue;
    yield comma + stringifyExact({ batchID: entry.data.batchId, ...payeeOf(entry) });
    comma = ',';
  }
  yield ']}';
}

function payeeOf({ state, amount, payee, data }: Pick<Booked<Kept>, 'state' | 'amount' | 'payee' | 'data'>): object {
  const status = state === 'pending' ? statusOf(pending, 'Pending') : statusOf(data.code, data.text);
  return {
    id: data.row,
    account: payee,
    accountType: 0,
    amount: exactNumber(amount),
    externalTransactionId: data.row,
    status,
    statusMessage: status.description,
    transactionId: data.reference,
  };
}

function statusOf(code: number, description: string): { code: number; description: string; sourceData: null } {
  return { code, description, sourceData: null };
}
