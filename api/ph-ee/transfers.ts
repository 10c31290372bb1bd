/** Payment Hub EE's reading of single payments: GET and POST /transfers as pages, GET /channel/txnState/{X-CorrelationID}. */
import type { Request, RequestHandler } from 'express';
import { endToEndIdOf, isUuid, rowKeyBytes, soleRow } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { detailWordOf } from '../../domain/outcome.ts';
import { invalidRequest, type NamedError, Problem } from '../../domain/problem.ts';
import type { PaymentDoc, TransferDoc } from '../../store/documents.ts';
import { findPayment } from '../../store/find-payment.ts';
import type { ApiDeps } from '../deps.ts';
import { type Query, readObject, readQuery, tenantOf } from '../request.ts';
import { type StandingPayment, shownPayment } from '../shown-payment.ts';
import { pageOf } from './shapes.ts';

type Found = StandingPayment & {
  readonly transfer?: TransferDoc;
  readonly batch?: { readonly _id: string; readonly requestId: string };
  readonly startedAt: Date;
  readonly id: string;
};

const filterNames = [
  ...['transactionId', 'clientCorrelationId', 'payerPartyId', 'payeePartyId', 'payerDfspId', 'payeeDfspId'],
  ...['status', 'amount', 'currency', 'startFrom', 'startTo', 'direction', 'partyId', 'partyIdType'],
];
const names = [...filterNames, 'page', 'size', 'sortedBy', 'sortedOrder'];
const statuses = ['COMPLETED', 'FAILED', 'IN_PROGRESS'] as const;
/** Looked at in one request. */
const lookedMax = 5_000;
const idsMax = 1_000;
const transferStates = { COMPLETED: 'COMMITTED', FAILED: 'ABORTED', IN_PROGRESS: 'RECEIVED' } as const;

/** What only Payment Hub EE's clients ask with. */
export function isPaymentHubTransfers(req: Request): boolean {
  const at = (req.url ?? '').indexOf('?');
  const params = new URLSearchParams(at < 0 ? '' : req.url.slice(at));
  return [...params.keys()].some((name) => names.includes(name));
}

export function listPaymentHubTransfers(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const { _id: tenantId } = await tenantOf(deps, req);
    const query = readQuery(req, names);
    const page = query.whole('page', 0, 0, 10_000);
    const size = query.whole('size', 20, 1, 1_000);
    query.word('sortedBy', ['startedAt']);
    const isOldestFirst = query.word('sortedOrder', ['ASC', 'DESC']) === 'ASC';
    const status = query.word('status', statuses);
    query.word('direction', ['OUTGOING']);
    const of = (name: string) => query.text(name);
    const [from, to] = [query.date('startFrom'), query.date('startTo')];
    if (page * size > lookedMax)
      query.problem('page', `pages go to payment ${lookedMax}: beyond, ask with cursor and limit`);
    query.done();
    const found = await candidates(deps, tenantId, query, { from, to, isOldestFirst });
    const wanted = found.filter((one) => {
      const { payment } = one;
      const { payer, payee, currency } = payment;
      const party = of('partyId');
      return (
        (status === undefined || wordOf(one) === status) &&
        is(of('payerPartyId'), payer.id) &&
        is(of('payeePartyId'), payee.id) &&
        is(of('payerDfspId'), payer.dfsp ?? tenantId) &&
        is(of('payeeDfspId'), payee.dfsp) &&
        is(of('currency'), currency) &&
        (of('amount') === undefined || Number(of('amount')) === Number(amountOf(payment))) &&
        (party === undefined || party === payer.id || party === payee.id)
      );
    });
    const content = wanted.slice(page * size, (page + 1) * size).map((one) => shown(tenantId, one));
    res.json(pageOf(content, { page, size, total: wanted.length }));
  };
}

/** Where payments of these request ids stand. */
export function postPaymentHubTransfers(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const { _id: tenantId } = await tenantOf(deps, req);
    const query = readQuery(req, ['page', 'size', 'sortedOrder', 'sortedBy', 'startFrom', 'startTo', 'status']);
    const page = query.whole('page', 0, 0, 10_000);
    const size = query.whole('size', 10_000, 1, 10_000);
    query.done();
    const { requestIds, payeePartyIds } = await readObject(req, ['requestIds', 'payeePartyIds']);
    const errors: NamedError[] = [];
    const isIds = (value: unknown): value is string[] =>
      Array.isArray(value) && value.length <= idsMax && value.every((id) => typeof id === 'string');
    if (!isIds(requestIds)) errors.push({ name: 'requestIds', message: `write a list of up to ${idsMax} texts` });
    if (payeePartyIds !== undefined && !isIds(payeePartyIds)) {
      errors.push({ name: 'payeePartyIds', message: `write a list of up to ${idsMax} texts, or leave it out` });
    }
    if (!isIds(requestIds)) throw invalidRequest(errors);
    if (errors.length > 0) throw invalidRequest(errors);
    const payees = new Set((payeePartyIds as string[] | undefined) ?? []);
    const found = await byRequestIds(deps, tenantId, requestIds);
    const wanted = found.filter(({ payment }) => payees.size === 0 || payees.has(payment.payee.id));
    const content = wanted.slice(page * size, (page + 1) * size).map((one) => shown(tenantId, one));
    res.json(pageOf(content, { page, size, total: wanted.length }));
  };
}

export function getTxnState(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const { _id: tenantId } = await tenantOf(deps, req);
    const query = readQuery(req, ['requestType']);
    const type = query.word('requestType', ['transfers', 'transactionRequest']);
    if (type === undefined) query.problem('requestType', 'write transfers');
    query.done();
    const [found] = type === 'transfers' ? await byRequestIds(deps, tenantId, [String(req.params.id)]) : [];
    if (!found?.transfer) {
      throw new Problem(
        'transfer-not-found',
        'the tenant has no payment of this correlation id: check it and the tenant',
      );
    }
    const transferState = transferStates[wordOf(found)];
    res.json({ transactionId: found.transfer._id, transferState });
  };
}

/** By an id where there is one; otherwise payments that came alone, newest first unless asked otherwise. */
async function candidates(
  deps: ApiDeps,
  tenantId: string,
  query: Query,
  about: { readonly from?: Date; readonly to?: Date; readonly isOldestFirst: boolean },
): Promise<Found[]> {
  const transactionId = query.text('transactionId')?.toLowerCase();
  if (transactionId !== undefined) return isUuid(transactionId) ? byTransactionId(deps, tenantId, transactionId) : [];
  const correlationId = query.text('clientCorrelationId');
  if (correlationId !== undefined) return byRequestIds(deps, tenantId, [correlationId]);
  const createdAt = { ...(about.from && { $gte: about.from }), ...(about.to && { $lt: about.to }) };
  const transfers = await deps.c.transfers
    .find({ tenantId, ...(Object.keys(createdAt).length > 0 && { createdAt }) })
    .sort({ createdAt: about.isOldestFirst ? 1 : -1, _id: about.isOldestFirst ? -1 : 1 })
    .limit(lookedMax)
    .toArray();
  return withBooks(deps, transfers);
}

async function byTransactionId({ c }: ApiDeps, tenantId: string, id: string): Promise<Found[]> {
  const found = await findPayment(c, tenantId, id);
  if (!found) return [];
  const { payment, transfer, batch } = found;
  const [outcome, returned] = await Promise.all([
    c.outcomes.findOne({ _id: payment._id }),
    c.returns.findOne({ _id: payment._id }),
  ]);
  const startedAt = transfer?.createdAt ?? batch?.createdAt ?? new Date(0);
  return [
    {
      payment,
      startedAt,
      id: transfer?._id ?? found.endToEndId,
      ...(outcome && { outcome }),
      ...(returned && { returned }),
      ...(transfer && { transfer }),
      ...(batch && { batch }),
    },
  ];
}

async function byRequestIds(deps: ApiDeps, tenantId: string, requestIds: readonly string[]): Promise<Found[]> {
  const transfers = await deps.c.transfers
    .find({ tenantId, requestId: { $in: [...requestIds] } })
    .sort({ createdAt: -1 })
    .limit(lookedMax)
    .toArray();
  return withBooks(deps, transfers);
}

async function withBooks({ c }: ApiDeps, transfers: readonly TransferDoc[]): Promise<Found[]> {
  const keys = { _id: { $in: transfers.map(({ _id }) => rowKeyBytes(_id, soleRow)) } };
  const [payments, outcomes, returns] = await Promise.all([
    c.payments.find(keys).toArray(),
    c.outcomes.find(keys).toArray(),
    c.returns.find(keys).toArray(),
  ]);
  const [paymentOf, outcomeOf, returnOf] = [byKey(payments), byKey(outcomes), byKey(returns)];
  return transfers.flatMap((transfer) => {
    const key = rowKeyBytes(transfer._id, soleRow).toString('hex');
    const payment = paymentOf.get(key);
    if (!payment) return [];
    const books = { outcome: outcomeOf.get(key), returned: returnOf.get(key) };
    return [{ payment, transfer, startedAt: transfer.createdAt, id: transfer._id, ...books }];
  });
}

function byKey<D extends { readonly _id: Buffer }>(docs: readonly D[]): Map<string, D> {
  return new Map(docs.map((doc) => [doc._id.toString('hex'), doc]));
}

function shown(tenantId: string, found: Found) {
  const { payment, transfer, batch, startedAt, id } = found;
  return {
    workflowInstanceKey: null,
    transactionId: id,
    endToEndId: transfer ? endToEndIdOf(transfer._id, soleRow) : id,
    startedAt: startedAt.getTime(),
    ...shownPayment(found, tenantId),
    amount: amountOf(payment),
    batchId: batch?._id ?? null,
    clientCorrelationId: transfer?.requestId ?? batch?.requestId ?? null,
  };
}

/** What became of it, in a word; money that came back was not paid. */
function wordOf({ outcome, returned }: Found) {
  return detailWordOf(outcome?.status, returned !== undefined);
}

function amountOf({ minor, currency, amount }: PaymentDoc): string {
  return minor === undefined ? amount : formatMoney({ minor: BigInt(minor), currency });
}

function is(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value;
}
