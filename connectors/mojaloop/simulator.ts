/** A simulated scheme adapter with the scheme behind it: two-step transfers as the real one runs them, its traps included. */

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
import { busyAnswer, nonsenseAnswer, type Route, type SimulatedAnswer, startSimulator } from '../simulator-kit.ts';
import type { SimulatorLedger } from '../simulator-ledger.ts';
import {
  errorBody,
  noSuchTransfer,
  partyBody,
  quoteOf,
  schemeError,
  statusBody,
  type Transfer,
  transferBody,
} from './simulator-bodies.ts';
import { problemOf, type TransferRequest } from './simulator-checks.ts';

type Context = {
  readonly ledger: SimulatorLedger<null>;
  /** What the adapter keeps in its cache: transfers on their way, by id. */
  readonly transfers: Map<string, Transfer>;
  readonly now: () => Date;
  readonly config: Readonly<Record<string, string>>;
};

/** Config: `latems` (how long a late payment takes), `fee` (what the payee's institution charges, in units of the currency), `quote_ms` (how long a quote may be accepted, 60,000). */
export function simulateMojaloop(options: SimulatorOptions): Promise<Simulator> {
  return startSimulator<null>({
    options,
    routes: (ledger) =>
      routesOf({ ledger, transfers: new Map(), now: options.now ?? (() => new Date()), config: options.config }),
  });
}

function routesOf(context: Context): Route[] {
  const { ledger, transfers } = context;
  const party: Route['handle'] = ({ params }) => partyAnswer(params.type!, params.id!, params.sub);
  return [
    { method: 'GET', path: '/', handle: () => ({ status: 200 }) },
    { method: 'GET', path: '/parties/:type/:id', handle: party },
    { method: 'GET', path: '/parties/:type/:id/:sub', handle: party },
    {
      method: 'POST',
      path: '/transfers',
      handle({ body }) {
        const problem = problemOf(body);
        return problem ? refusedBody(problem) : begin(context, body as TransferRequest);
      },
    },
    {
      method: 'PUT',
      path: '/transfers/:id',
      handle({ params, body }) {
        const { acceptParty, acceptQuote } = (body ?? {}) as Record<string, unknown>;
        if (acceptParty !== true && acceptQuote !== true) return refusedBody('must match exactly one schema in oneOf');
        return proceed(context, params.id!, acceptQuote === true ? 'acceptQuote' : 'acceptParty');
      },
    },
    {
      method: 'GET',
      path: '/transfers/:id',
      handle({ params }) {
        const entry = ledger.find(params.id!);
        if (entry) return { status: 200, body: statusBody(entry) };
        // The adapter asks the scheme, and its model of the transfer errors with the scheme's answer.
        const transfer = transfers.get(params.id!);
        if (transfer) keep(transfers, { ...transfer, state: 'ERROR_OCCURRED' });
        return { status: 500, body: noSuchTransfer(params.id!) };
      },
    },
  ];
}

/** An unknown MSISDN is a 404; an unknown party of another type is a 200 with nothing in it, as the adapter also answers. */
function partyAnswer(type: string, id: string, sub: string | undefined): SimulatedAnswer {
  if (magicOf(id) !== 'notFound') return { status: 200, body: partyBody(type, id, sub) };
  if (type !== 'MSISDN') return { status: 200, body: { party: { body: {}, headers: {} }, currentState: 'COMPLETED' } };
  return { status: 404, body: { errorInformation: { errorCode: '3204', errorDescription: 'Party not found' } } };
}

function refusedBody(message: string): SimulatedAnswer {
  return { status: 400, body: { message, statusCode: 400 } };
}

/** A POST under a known id begins the look-up anew; what the scheme has carried out stays in its ledger. */
function begin({ transfers, now }: Context, request: TransferRequest): SimulatedAnswer {
  const transfer: Transfer = { request, state: 'WAITING_FOR_PARTY_ACCEPTANCE', startedAt: now().toISOString() };
  if (magicOf(request.to.idValue) === 'notFound') return failed(transfers, transfer, '3204', 'Party not found');
  return stopped(transfers, transfer);
}

function proceed(context: Context, id: string, step: 'acceptParty' | 'acceptQuote'): SimulatedAnswer {
  const { transfers, ledger, config, now } = context;
  const transfer = transfers.get(id);
  if (!transfer) {
    const message = `No cached data found for transferId: ${id}`;
    return { status: 500, body: { message, transferState: {}, statusCode: '500' } };
  }
  const expected = { acceptParty: 'WAITING_FOR_PARTY_ACCEPTANCE', acceptQuote: 'WAITING_FOR_QUOTE_ACCEPTANCE' }[step];
  if (transfer.state === 'ERROR_OCCURRED') return { status: 204 };
  if (transfer.state === 'COMPLETED') return { status: 200, body: transferBody(transfer, ledger.find(id)) };
  // Not to accept what it waits for is to reject it.
  if (transfer.state !== expected) return stopped(transfers, { ...transfer, state: 'ABORTED' });
  if (step === 'acceptQuote') return pay(context, transfer);
  if (isAboveLimit(transfer.request.amount)) return failed(transfers, transfer, '5200', 'Payee limit error');
  const quote = quoteOf(transfer.request, config.fee ?? '0', now(), Number(config.quote_ms ?? 60_000));
  return stopped(transfers, { ...transfer, state: 'WAITING_FOR_QUOTE_ACCEPTANCE', quote });
}

function pay(context: Context, transfer: Transfer): SimulatedAnswer {
  const { ledger, transfers } = context;
  const { transferId, to, from } = transfer.request;
  const magic = magicOf(to.idValue);
  const spoilt = spoiltBy(new Set([magic]), ledger.sightsOf(transferId));
  if (spoilt === 'busyTwice') return busyAnswer;
  if (spoilt === 'nonsense') return nonsenseAnswer;
  if (spoilt === 'cutBeforePaid') return 'hang-up';
  if (Date.parse(transfer.quote!.expiration) <= context.now().getTime()) {
    return failed(transfers, transfer, '3302', 'Quote expired');
  }
  // The scheme knows the id; a new quote makes it another request in its eyes.
  if (ledger.find(transferId)) return failed(transfers, transfer, '3106', 'Modified request');
  if (isPayerWithoutFunds(from.idValue) && !ledger.isFunded(from.idValue)) {
    return failed(transfers, transfer, '4001', 'Payer FSP insufficient liquidity');
  }
  const meets = magicNow(to.idValue, ledger.sightsOf);
  book(context, transfer.request, meets);
  if (meets === 'refused') return failed(transfers, transfer, '5104', 'Payee rejected transaction');
  const completed = stopped(transfers, { ...transfer, state: 'COMPLETED' }, ledger);
  return magic === 'paidThenCut' ? 'hang-up' : completed;
}

function book(
  { ledger, now, config }: Context,
  { transferId, amount, currency, from, to }: TransferRequest,
  magic: Magic | undefined,
): void {
  const lateAt = now().getTime() + Number(config.latems ?? lateMsByDefault);
  ledger.book({
    id: transferId,
    amount,
    currency,
    payer: from.idValue,
    payee: to.idValue,
    data: null,
    state: magic === 'refused' ? 'rejected' : magic === 'pending' || magic === 'late' ? 'pending' : 'completed',
    executes: magic !== 'refused' && magic !== 'pending' && magic !== 'late',
    ...(magic === 'late' && { due: { at: lateAt, state: 'completed' } }),
  });
}

function stopped(transfers: Context['transfers'], transfer: Transfer, ledger?: SimulatorLedger<null>): SimulatedAnswer {
  keep(transfers, transfer);
  return { status: 200, body: transferBody(transfer, ledger?.find(transfer.request.transferId)) };
}

function failed(
  transfers: Context['transfers'],
  transfer: Transfer,
  errorCode: string,
  errorDescription: string,
): SimulatedAnswer {
  const errored: Transfer = { ...transfer, state: 'ERROR_OCCURRED' };
  keep(transfers, errored);
  return { status: 500, body: errorBody(errored, schemeError(errorCode, errorDescription)) };
}

/** The adapter's cache forgets what is old; the ledger does not. */
const keptMax = 10_000;

function keep(transfers: Context['transfers'], transfer: Transfer): void {
  transfers.delete(transfer.request.transferId);
  transfers.set(transfer.request.transferId, transfer);
  const [oldest] = transfers.keys();
  if (transfers.size > keptMax && oldest) transfers.delete(oldest);
}
