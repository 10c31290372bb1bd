/** A simulated mobile money provider: takes payments, carries them out a moment later, calls back, and answers whoever asks. */
import { randomBytes } from 'node:crypto';
import { isAboveLimit, isPayerWithoutFunds, lateMsByDefault, magicNow, magicOf, spoiltBy } from '../magic.ts';
import type { Simulator, SimulatorOptions } from '../simulator.ts';
import { busyAnswer, nonsenseAnswer, type Route, type SimulatedAnswer, startSimulator } from '../simulator-kit.ts';
import type { SimulatorLedger } from '../simulator-ledger.ts';
import { createBatches } from './simulator-batches.ts';
import {
  apiError,
  correlationIdOf,
  linkTo,
  requestStateBody,
  type Taken,
  type TransactionRequest,
  transactionBody,
} from './simulator-bodies.ts';
import { createCallbacks } from './simulator-callbacks.ts';
import { problemOf } from './simulator-checks.ts';
import { createReversals } from './simulator-reversals.ts';

type Context = {
  readonly ledger: SimulatorLedger<Taken>;
  readonly now: () => Date;
  readonly config: Readonly<Record<string, string>>;
};

/** Config: `heartbeat` (available, degraded), `approval` and `page_max` of batches, `callback_ms` (when a payment is carried out and told, 200), `latems` (the same for a late one), `api_key` (asked for where it is set). */
export async function simulateGsma(options: SimulatorOptions): Promise<Simulator> {
  const now = options.now ?? (() => new Date());
  const callbacks = createCallbacks(now);
  let batches: ReturnType<typeof createBatches> | undefined;
  const simulator = await startSimulator<Taken>({
    options,
    routes(ledger) {
      const context = { ledger, now, config: options.config };
      batches = createBatches(context);
      return routesOf(context, batches);
    },
    onDue: (entry) => callbacks.tell(entry, batches?.endedWith(entry)),
  });
  return {
    ...simulator,
    async close() {
      callbacks.close();
      await simulator.close();
    },
  };
}

/** The key that rail and simulator share on one machine, made anew at each call. */
export function localConfig(): Record<string, string> {
  return { client_id: 'tributary', api_key: randomBytes(18).toString('base64url') };
}

function routesOf(context: Context, batches: ReturnType<typeof createBatches>): Route[] {
  const reversals = createReversals(context);
  const { ledger, now, config } = context;
  const guarded = (route: Route): Route => ({
    ...route,
    handle(request) {
      if (!config.api_key || request.headers['x-api-key'] === config.api_key) return route.handle(request);
      return { status: 401, body: apiError('authorisation', 'clientAuthorisationError', 'X-API-Key is wrong', now()) };
    },
  });
  const notFound = (text: string): SimulatedAnswer => ({
    status: 404,
    body: apiError('identification', 'identifierError', text, now()),
  });
  const found = (id: string | undefined) => (id === undefined ? undefined : ledger.find(id));
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/heartbeat',
      handle: () => ({ status: 200, body: { serviceStatus: config.heartbeat ?? 'available' } }),
    },
    {
      method: 'POST',
      path: '/transactions/type/:type',
      handle: ({ params, headers, body }) => take(context, params.type!, headers, body),
    },
    {
      method: 'GET',
      path: '/responses/:id',
      handle({ params }) {
        const entry = ledger.find(params.id!);
        const link = entry ? linkTo(entry) : batches.linkOf(params.id!);
        return link ? { status: 200, body: { link } } : notFound('no request has this correlation id');
      },
    },
    {
      method: 'GET',
      path: '/requeststates/:id',
      handle({ params }) {
        const entry = found(correlationIdOf.requestState(params.id!));
        return entry
          ? { status: 200, body: requestStateBody(entry, now()) }
          : notFound('there is no such request state');
      },
    },
    {
      method: 'GET',
      path: '/transactions/:reference',
      handle({ params }) {
        const entry = found(correlationIdOf.transaction(params.reference!));
        return entry
          ? { status: 200, body: transactionBody(entry, reversals.isReversed(entry.id)) }
          : notFound('there is no such transaction');
      },
    },
    {
      method: 'GET',
      path: '/accounts/:type/:id/status',
      handle({ params }) {
        if (magicOf(params.id!) !== 'notFound') return { status: 200, body: { accountStatus: 'available' } };
        if (params.type === 'msisdn') return { status: 200, body: { accountStatus: 'unregistered' } };
        return notFound('there is no such account');
      },
    },
    {
      method: 'GET',
      path: '/accounts/:type/:id/accountname',
      handle: ({ params }) =>
        magicOf(params.id!) === 'notFound'
          ? notFound('there is no such account')
          : { status: 200, body: { name: { firstName: 'Sample', lastName: 'Payee', fullName: 'Sample Payee' } } },
    },
  ];
  return [...routes, ...batches.routes, ...reversals.routes].map(guarded);
}

function take(
  context: Context,
  type: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: unknown,
): SimulatedAnswer {
  const { ledger, now } = context;
  const id = headers['x-correlationid'] ?? '';
  const refused = (status: number, category: string, code: string, text: string): SimulatedAnswer => ({
    status,
    body: apiError(category, code, text, now()),
  });
  const problem = problemOf(type, id, body);
  if (problem) return refused(400, 'validation', problem.code, problem.text);
  const request = body as TransactionRequest;
  const [payer, payee] = [request.debitParty[0]!.value, request.creditParty[0]!.value];
  const magic = magicOf(payee);
  const spoilt = spoiltBy(new Set([magic]), ledger.sightsOf(id));
  if (spoilt === 'busyTwice') return busyAnswer;
  if (spoilt === 'nonsense') return nonsenseAnswer;
  if (spoilt === 'cutBeforePaid') return 'hang-up';
  if (ledger.find(id)) return refused(400, 'businessRule', 'duplicateRequest', 'this request was taken before');
  if (magic === 'notFound') return refused(404, 'identification', 'identifierError', 'the payee is not known');
  if (isAboveLimit(request.amount)) {
    return refused(400, 'businessRule', 'greaterThanTransactionMaxValue', 'the amount is above the limit');
  }
  if (isPayerWithoutFunds(payer) && !ledger.isFunded(payer)) {
    return refused(400, 'businessRule', 'insufficientFunds', 'the payer has no funds for it');
  }
  book(context, id, { type, request, callbackUrl: headers['x-callback-url'] });
  return magic === 'paidThenCut' ? 'hang-up' : { status: 202, body: requestStateBody(ledger.find(id)!, now()) };
}

function book({ ledger, now, config }: Context, id: string, taken: Taken): void {
  const { amount, currency, debitParty, creditParty } = taken.request;
  const payee = creditParty[0]!.value;
  const magic = magicNow(payee, ledger.sightsOf);
  const ms = magic === 'late' ? (config.latems ?? lateMsByDefault) : (config.callback_ms ?? 200);
  const due = { at: now().getTime() + Number(ms), state: magic === 'refused' ? 'rejected' : 'completed' } as const;
  ledger.book({
    id,
    amount,
    currency,
    payer: debitParty[0]!.value,
    payee,
    data: taken,
    state: 'pending',
    executes: false,
    ...(magic !== 'pending' && { due }),
  });
}
