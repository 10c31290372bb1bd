/** A server that behaves like Apache Fineract's interoperation API, its traps included. */
import { digitsOf } from '../../platform/exact-json.ts';
import { isAboveLimit, isPayerWithoutFunds, magicNow, spoiltBy } from '../magic.ts';
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
import type { SimulatorLedger } from '../simulator-ledger.ts';
import { accountRoutes, isAccount } from './simulated-accounts.ts';
import { type Booking, errorBody, refusal } from './simulated-booking.ts';

type Ledger = SimulatorLedger<Booking>;

type Asked = {
  readonly transactionCode: string;
  readonly transferCode: string;
  readonly accountId: string;
  readonly amount: string;
  readonly currency: string;
  readonly role: string;
  readonly note: string;
  readonly key: string;
};

export function simulateFineract(options: SimulatorOptions): Promise<Simulator> {
  const now = options.now ?? (() => new Date());
  const payers = new Map<string, string>();
  return startSimulator<Booking>({ options, routes: (ledger) => routesOf(ledger, payers, now) });
}

function routesOf(ledger: Ledger, payers: Map<string, string>, now: () => Date): Route[] {
  for (const { data } of ledger.all()) if (data.kind === 'withdrawal') payers.set(data.transactionCode, data.account);
  return [
    { method: 'GET', path: '/interoperation/health', handle: () => ({ status: 200, text: 'OK' }) },
    {
      method: 'GET',
      path: '/interoperation/accounts/:id',
      handle: ({ params }) =>
        isAccount(ledger, params.id!)
          ? { status: 200, body: { accountId: params.id, status: { code: 'savingsAccountStatusType.active' } } }
          : noAccount,
    },
    {
      method: 'GET',
      path: '/interoperation/accounts/:id/transactions',
      handle: ({ params, query }) =>
        isAccount(ledger, params.id!) ? transactionsOf(ledger, params.id!, query) : noAccount,
    },
    // Not implemented there: null, whatever happened.
    {
      method: 'GET',
      path: '/interoperation/transactions/:t/transfers/:c',
      handle: () => ({ status: 200, body: null }),
    },
    {
      method: 'POST',
      path: '/interoperation/transfers',
      handle: (request) => transfer(ledger, payers, now, request),
    },
    ...accountRoutes(ledger),
  ];
}

function transfer(
  ledger: Ledger,
  payers: Map<string, string>,
  now: () => Date,
  request: SimulatedRequest,
): SimulatedAnswer {
  const asked = askedOf(request);
  if (!asked) return refusal(400, 'validation.msg.validation.errors.exist');
  const day = now().toISOString();
  const action = request.query.get('action');
  if (asked.role === 'PAYER') return ofPayer(ledger, payers, action, asked, day);
  if (action === 'PREPARE') return accepted(asked);
  if (action === 'RELEASE') return refusal(403, missingCode);
  return deposit(ledger, payers, asked, day);
}

function ofPayer(
  ledger: Ledger,
  payers: Map<string, string>,
  action: string | null,
  asked: Asked,
  day: string,
): SimulatedAnswer {
  const holdId = `hold/${asked.transferCode}`;
  const hold = ledger.find(holdId);
  const book = (id: string, kind: Booking['kind'], executes: boolean) =>
    ledger.book({ ...entryOf(asked, id, asked.accountId, ''), executes, data: dataOf(asked, kind, day) });
  if (action === 'PREPARE') {
    if (isPayerWithoutFunds(asked.accountId) && !ledger.isFunded(asked.accountId)) return refusal(403, fundsCode);
    if (hold) return refusal(403, alreadyCode);
    book(holdId, 'hold', false);
    return accepted(asked);
  }
  if (action === 'RELEASE') {
    if (hold?.data.kind !== 'hold') return refusal(403, missingCode);
    book(holdId, 'released', false);
    return accepted(asked);
  }
  // Copied from the exception for holds, as it is there.
  if (ledger.find(asked.transferCode)) return refusal(403, alreadyCode);
  if (!hold || hold.amount !== asked.amount) return refusal(403, missingCode);
  book(asked.transferCode, 'withdrawal', true);
  payers.set(asked.transactionCode, asked.accountId);
  return accepted(asked);
}

function deposit(ledger: Ledger, payers: Map<string, string>, asked: Asked, day: string): SimulatedAnswer {
  const { accountId, transferCode, transactionCode } = asked;
  const known = ledger.find(transferCode);
  if (known?.state === 'completed') return refusal(403, alreadyCode);
  const isReturn = accountId === payers.get(transactionCode);
  const magic = isReturn ? undefined : magicNow(accountId, ledger.sightsOf);
  const spoilt = spoiltBy(new Set([magic]), ledger.sightsOf(transferCode));
  if (spoilt === 'busyTwice') return busyAnswer;
  if (spoilt === 'nonsense') return nonsenseAnswer;
  if (spoilt === 'cutBeforePaid') return 'hang-up';
  if (magic === 'notFound' && !isAccount(ledger, accountId)) return noAccount;
  if (magic === 'refused' || (!isReturn && isAboveLimit(asked.amount))) return refusal(403, notAllowedCode);
  // Under way for ever, or the first time: the key is known, its command has not ended.
  if (magic === 'pending' || (magic === 'late' && ledger.sightsOf(`late/${transferCode}`) === 1)) {
    return { status: 409, body: errorBody('error.msg.idempotency.still.running') };
  }
  const payer = payers.get(transactionCode) ?? '';
  ledger.book({
    ...entryOf(asked, transferCode, payer, accountId),
    executes: true,
    data: dataOf(asked, 'deposit', day),
  });
  return magic === 'paidThenCut' ? 'hang-up' : accepted(asked);
}

/** As its list has them: without receipt numbers, so that only the note says whose they are. */
function transactionsOf(ledger: Ledger, accountId: string, query: URLSearchParams): SimulatedAnswer {
  const [from, to] = [query.get('fromBookingDateTime') ?? '', query.get('toBookingDateTime') ?? '9'];
  const kinds = [query.get('debit') === 'true' && 'withdrawal', query.get('credit') === 'true' && 'deposit'];
  const transactions = [...ledger.all()]
    .filter(({ data }) => data.account === accountId && kinds.includes(data.kind))
    .filter(({ data }) => data.day.slice(0, 10) >= from.slice(0, 10) && data.day.slice(0, 10) <= to.slice(0, 10))
    .map(({ amount, currency, data }, i) => ({
      accountId,
      savingTransactionId: String(i + 1),
      transactionType: data.kind === 'deposit' ? 'DEPOSIT' : 'WITHDRAWAL',
      amount,
      currency,
      bookingDateTime: data.day.slice(0, 10),
      note: data.note,
    }));
  return { status: 200, body: { accountId, transactions } };
}

function askedOf({ body, headers }: SimulatedRequest): Asked | undefined {
  const { transactionCode, transferCode, accountId, amount, transactionRole, note } = recordOf(body);
  const { amount: digits, currency } = recordOf(amount);
  const texts = [transactionCode, transferCode, accountId, transactionRole, note, currency, headers['idempotency-key']];
  const number = digitsOf(digits);
  if (number === undefined || !texts.every((text) => typeof text === 'string' && text !== '')) return undefined;
  const [transaction, code, account, role, said, money, key] = texts as string[];
  return {
    transactionCode: transaction!,
    transferCode: code!,
    accountId: account!,
    amount: number,
    currency: money!,
    role: role!,
    note: said!,
    key: key!,
  };
}

function entryOf({ amount, currency }: Asked, id: string, payer: string, payee: string) {
  return { id, state: 'completed' as const, amount, currency, payer, payee };
}

function dataOf({ accountId, transactionCode, note, key }: Asked, kind: Booking['kind'], day: string): Booking {
  return { kind, account: accountId, transactionCode, note, day, key };
}

const alreadyCode = 'error.msg.interop.transfer.already.on.hold';
const missingCode = 'error.msg.interop.transfer.missing';
const fundsCode = 'error.msg.savingsaccount.transaction.insufficient.account.balance';
const notAllowedCode = 'error.msg.interop.account.transaction.not.allowed';
const noAccount = refusal(404, 'error.msg.interop.account.not.found');

function accepted({ transactionCode, transferCode }: Asked): SimulatedAnswer {
  return { status: 200, body: { transactionCode, transferCode, state: 'ACCEPTED' } };
}
