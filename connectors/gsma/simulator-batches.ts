/** The simulated provider's batch transactions: taken whole, approved in a second step where it is set, told in pages. */
import { createHash } from 'node:crypto';
import { isUuid } from '../../domain/ids.ts';
import { isAboveLimit, isPayerWithoutFunds, lateMsByDefault, magicNow, magicOf, spoiltBy } from '../magic.ts';
import { busyAnswer, nonsenseAnswer, type Route, recordOf, type SimulatedAnswer } from '../simulator-kit.ts';
import type { Booked, SimulatorLedger } from '../simulator-ledger.ts';
import { apiError, referenceOf, type Taken, type TransactionRequest } from './simulator-bodies.ts';
import { problemOf } from './simulator-checks.ts';

export type BatchContext = {
  readonly ledger: SimulatorLedger<Taken>;
  readonly now: () => Date;
  readonly config: Readonly<Record<string, string>>;
};

const pageMax = 1_000;

/** Config: `approval` (`two-step`: carried out once it is approved), `callback_ms`, `latems`. */
export function createBatches({ ledger, now, config }: BatchContext) {
  /** Ids of the payments of each batch, in the order asked. */
  const batches = new Map<string, { readonly ids: string[]; open: number; isApproved: boolean }>();
  for (const { id, data, state } of ledger.all()) {
    if (data.batchId) noteRow(data.batchId, id, state === 'pending', data.isApproved === true);
  }

  function noteRow(batchId: string, id: string, isOpen: boolean, isApproved: boolean): void {
    const batch = batches.get(batchId) ?? { ids: [], open: 0, isApproved };
    batches.set(batchId, batch);
    batch.ids.push(id);
    if (isOpen) batch.open += 1;
  }

  const entriesOf = (batchId: string) => (batches.get(batchId)?.ids ?? []).map((id) => ledger.find(id)!);
  const refused = (status: number, category: string, code: string, text: string): SimulatedAnswer => ({
    status,
    body: apiError(category, code, text, now()),
  });
  const notFound = () => refused(404, 'identification', 'identifierError', 'there is no such batch');

  function take(headers: Readonly<Record<string, string | undefined>>, body: unknown): SimulatedAnswer {
    const correlationId = headers['x-correlationid'] ?? '';
    const asked = recordOf(body).transactions;
    if (!isUuid(correlationId)) return refused(400, 'validation', 'formatError', 'X-CorrelationID is no UUID');
    if (!Array.isArray(asked) || asked.length === 0) {
      return refused(400, 'validation', 'mandatoryValueNotSupplied', 'transactions are missing');
    }
    for (const [at, each] of asked.entries()) {
      const problem = problemOf(String(recordOf(each).type), correlationId, each);
      if (problem) return refused(400, 'validation', problem.code, `transactions[${at}]: ${problem.text}`);
    }
    const requests = asked as (TransactionRequest & { readonly type: string })[];
    const magics = new Set(requests.map(({ creditParty }) => magicOf(creditParty[0]!.value)));
    const spoilt = spoiltBy(magics, magics.size > 1 || !magics.has(undefined) ? ledger.sightsOf(correlationId) : 0);
    if (spoilt === 'busyTwice') return busyAnswer;
    if (spoilt === 'nonsense') return nonsenseAnswer;
    if (spoilt === 'cutBeforePaid') return 'hang-up';
    const batchId = batchIdOf(correlationId);
    if (batches.has(batchId)) return refused(400, 'businessRule', 'duplicateRequest', 'this batch was taken before');
    const payer = requests[0]!.debitParty[0]!.value;
    if (isPayerWithoutFunds(payer) && !ledger.isFunded(payer)) {
      return refused(400, 'businessRule', 'insufficientFunds', 'the payer has no funds for it');
    }
    const callbackUrl = headers['x-callback-url'];
    const isApproved = config.approval !== 'two-step';
    for (const { type, ...request } of requests) {
      const id = request.requestingOrganisationTransactionReference;
      noteRow(batchId, id, true, isApproved);
      bookRow(id, { type, request, callbackUrl, batchId, isApproved });
    }
    if (magics.has('paidThenCut')) return 'hang-up';
    return { status: 202, body: stateBody(correlationId, callbackUrl) };
  }

  function bookRow(id: string, data: Taken): void {
    const { amount, currency, debitParty, creditParty } = data.request;
    const payee = creditParty[0]!.value;
    const magic = data.isApproved ? magicNow(payee, ledger.sightsOf) : undefined;
    const reason =
      magic === 'notFound'
        ? 'identifierError: the payee is not known'
        : isAboveLimit(amount)
          ? 'greaterThanTransactionMaxValue'
          : magic === 'refused'
            ? 'maxBalanceExceeded: the payee may hold no more'
            : undefined;
    const ms = magic === 'late' ? (config.latems ?? lateMsByDefault) : (config.callback_ms ?? 200);
    const due = { at: now().getTime() + Number(ms), state: reason ? 'rejected' : 'completed' } as const;
    ledger.book({
      ...{ id, amount, currency, payer: debitParty[0]!.value, payee, state: 'pending', executes: false },
      data: { ...data, ...(reason && { reason }) },
      ...(data.isApproved && magic !== 'pending' && { due }),
    });
  }

  function approve(batchId: string, body: unknown): SimulatedAnswer {
    const entries = entriesOf(batchId);
    if (entries.length === 0) return notFound();
    const [change, ...more] = Array.isArray(body) ? body.map(recordOf) : [];
    const isApproval = change?.op === 'replace' && change.path === '/batchStatus' && change.value === 'approved';
    if (!isApproval || more.length > 0) return refused(400, 'validation', 'formatError', 'only batchStatus is changed');
    for (const { id, data } of entries) if (!data.isApproved) bookRow(id, { ...data, isApproved: true });
    batches.get(batchId)!.isApproved = true;
    return { status: 204 };
  }

  function statusOf(batchId: string): 'created' | 'approved' | 'completed' {
    const { isApproved, open } = batches.get(batchId)!;
    if (!isApproved) return 'created';
    return open === 0 ? 'completed' : 'approved';
  }

  function batchBody(batchId: string) {
    const entries = entriesOf(batchId);
    const at = now().toISOString();
    const count = (state: string) => entries.filter((entry) => entry.state === state).length;
    return {
      batchId,
      batchStatus: statusOf(batchId),
      approvalDate: at,
      completionDate: at,
      processingFlag: statusOf(batchId) === 'approved',
      completedCount: count('completed'),
      rejectionCount: count('rejected'),
      parsingSuccessCount: entries.length,
    };
  }

  function page(batchId: string, query: URLSearchParams, state: 'completed' | 'rejected'): SimulatedAnswer {
    if (!batches.has(batchId)) return notFound();
    const limit = Number(query.get('limit') ?? 50);
    const offset = Number(query.get('offset') ?? 0);
    if (!Number.isInteger(offset) || offset < 0 || !Number.isInteger(limit) || limit < 1) {
      return refused(400, 'validation', 'invalidOffset', 'limit and offset are whole numbers');
    }
    const all = entriesOf(batchId).filter((entry) => entry.state === state);
    const most = Math.min(limit, pageMax, Number(config.page_max ?? pageMax));
    const shown = all
      .slice(offset, offset + most)
      .map((entry) => (state === 'completed' ? completion(entry) : rejection(entry)));
    const headers = { 'x-records-available-count': String(all.length), 'x-records-returned-count': `${shown.length}` };
    return { status: 200, headers, body: shown };
  }

  const completion = ({ id, data }: Booked<Taken>) => ({
    transactionReference: referenceOf(id),
    requestingOrganisationTransactionReference: id,
    creditParty: data.request.creditParty,
    debitParty: data.request.debitParty,
    completionDate: now().toISOString(),
    link: `/transactions/${referenceOf(id)}`,
  });

  const rejection = ({ id, data }: Booked<Taken>) => ({
    requestingOrganisationTransactionReference: id,
    creditParty: data.request.creditParty,
    debitParty: data.request.debitParty,
    rejectionReason: data.reason ?? 'refused',
    rejectionDate: now().toISOString(),
  });

  const routes: Route[] = [
    { method: 'POST', path: '/batchtransactions', handle: ({ headers, body }) => take(headers, body) },
    {
      method: 'GET',
      path: '/batchtransactions/:id',
      handle: ({ params }) => (batches.has(params.id!) ? { status: 200, body: batchBody(params.id!) } : notFound()),
    },
    {
      method: 'PATCH',
      path: '/batchtransactions/:id',
      handle: ({ params, body }) => approve(params.id!, body),
    },
    {
      method: 'GET',
      path: '/batchtransactions/:id/completions',
      handle: ({ params, query }) => page(params.id!, query, 'completed'),
    },
    {
      method: 'GET',
      path: '/batchtransactions/:id/rejections',
      handle: ({ params, query }) => page(params.id!, query, 'rejected'),
    },
  ];

  return {
    routes,
    /** Where the batch of a correlation id is, if it was taken. */
    linkOf: (correlationId: string) => {
      const batchId = batchIdOf(correlationId);
      return batches.has(batchId) ? `/batchtransactions/${batchId}` : undefined;
    },
    /** The final batch, once the last of its payments has its end; for the callback. */
    endedWith({ data: { batchId = '' } }: Booked<Taken>) {
      const batch = batches.get(batchId);
      if (!batch) return undefined;
      batch.open -= 1;
      return batch.open === 0 ? batchBody(batchId) : undefined;
    },
  };

  function stateBody(correlationId: string, callbackUrl: string | undefined) {
    return {
      serverCorrelationId: correlationId,
      status: 'pending',
      notificationMethod: callbackUrl ? 'callback' : 'polling',
      objectReference: batchIdOf(correlationId),
      pollLimit: 1_000,
    };
  }
}

/** The provider's own id of a batch, the same for the same request. */
function batchIdOf(correlationId: string): string {
  return `B${createHash('sha256').update(correlationId).digest('hex').slice(0, 20).toUpperCase()}`;
}
