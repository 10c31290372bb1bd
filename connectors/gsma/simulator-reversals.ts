/** The simulated provider's reversals: a payment taken back is a transaction of its own, once; its payee's magic spoils it as it spoilt the payment. */
import { isUuid } from '../../domain/ids.ts';
import { magicOf, spoiltBy } from '../magic.ts';
import { busyAnswer, nonsenseAnswer, type Route, recordOf, type SimulatedAnswer } from '../simulator-kit.ts';
import type { BatchContext } from './simulator-batches.ts';
import { apiError, correlationIdOf, requestStateBody } from './simulator-bodies.ts';

export function createReversals({ ledger, now, config }: BatchContext) {
  /** Our id of the payment → that of its reversal. */
  const known = new Map<string, string>();
  for (const { id, data } of ledger.all()) if (data.reverses) known.set(data.reverses, id);

  const isReversed = (id: string) => ledger.find(known.get(id) ?? '')?.state === 'completed';

  function take(reference: string, correlationId: string, body: unknown): SimulatedAnswer {
    const refused = (status: number, category: string, code: string, text: string): SimulatedAnswer => ({
      status,
      body: apiError(category, code, text, now()),
    });
    const original = ledger.find(correlationIdOf.transaction(reference) ?? '');
    if (!original) return refused(404, 'identification', 'identifierError', 'there is no such transaction');
    const { type, requestingOrganisationTransactionReference: ours } = recordOf(body);
    if (type !== 'reversal') return refused(400, 'validation', 'transactionTypeError', 'type is reversal');
    if (!isUuid(correlationId) || typeof ours !== 'string') {
      return refused(400, 'validation', 'formatError', 'a correlation id and a reference are required');
    }
    const magic = magicOf(original.payee);
    const spoilt = spoiltBy(new Set([magic]), ledger.sightsOf(correlationId));
    if (spoilt === 'busyTwice') return busyAnswer;
    if (spoilt === 'nonsense') return nonsenseAnswer;
    if (spoilt === 'cutBeforePaid') return 'hang-up';
    if (ledger.find(correlationId)) {
      return refused(400, 'businessRule', 'duplicateRequest', 'this request was taken before');
    }
    if (original.state !== 'completed' || known.has(original.id)) {
      return refused(400, 'businessRule', 'incorrectState', 'it was not paid, or is reversed already');
    }
    known.set(original.id, correlationId);
    const { request } = original.data;
    ledger.book({
      ...{ id: correlationId, amount: original.amount, currency: original.currency, executes: false, state: 'pending' },
      payer: original.payee,
      payee: original.payer,
      data: {
        type,
        reverses: original.id,
        request: {
          ...request,
          requestingOrganisationTransactionReference: ours,
          debitParty: request.creditParty,
          creditParty: request.debitParty,
        },
      },
      due: { at: now().getTime() + Number(config.callback_ms ?? 200), state: 'completed' },
    });
    if (magic === 'paidThenCut') return 'hang-up';
    return { status: 202, body: requestStateBody(ledger.find(correlationId)!, now()) };
  }

  const routes: Route[] = [
    {
      method: 'POST',
      path: '/transactions/:reference/reversals',
      handle: ({ params, headers, body }) => take(params.reference!, headers['x-correlationid'] ?? '', body),
    },
  ];
  return { routes, isReversed };
}
