/** A rail that exists in tests only: what a folder under connectors/ must hold at least. Pays lists of payments in plain JSON. */

import type { Answer, Call, Rail, RailDefinition, RailTools } from '../../connectors/rail.ts';
import { formatMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import type { RailResponse } from '../../platform/http.ts';
import { simulateToy, type ToyResult } from './simulator.ts';

export const toy: RailDefinition = {
  id: 'toy',
  paymentModes: ['toy', 'marbles'],
  type: 'BULK',
  limits: { concurrency: 4, ratePerSecond: 100, maxBatch: 100, timeoutMs: 5_000 },
  columns: [{ name: 'toy_box', description: 'the box that the toy comes in' }],
  neverReceivedAfterMs: 1_000,
  formats: [],
  configKeys: { url: 'where the toy rail is' },
  open: openToy,
  simulate: simulateToy,
  localConfig: () => ({}),
};

function openToy({ http, now }: RailTools): Rail {
  const post = (path: string, body: unknown, idempotent: boolean, limits: Pick<Call, 'signal' | 'notAfter'>) =>
    http.request({ method: 'POST', path, body: JSON.stringify(body), idempotent, ...limits });

  async function ask(payments: readonly Payment[], { signal, tell }: Call): Promise<Answer[]> {
    tell({ direction: 'query', at: now(), summary: `asked about ${payments.length} payments` });
    const said = await post('/ask', { ids: payments.map(({ endToEndId }) => endToEndId) }, true, { signal });
    tell({ direction: 'query-answer', at: now(), summary: said.kind });
    const results = resultsOf(said);
    if (!results) return payments.map(() => ({ kind: 'unknown', text: 'the toy rail did not say' }));
    return payments.map((payment) => answerOf(results.get(payment.endToEndId)));
  }

  return {
    async lookup({ id }, { signal }) {
      const said = await http.request({ method: 'GET', path: `/toys/${id}`, idempotent: true, signal });
      if (said.kind === 'answered' && said.status === 200) return { kind: 'found' };
      if (said.kind === 'answered' && said.status === 404) return { kind: 'notFound', railCode: '404', text: 'no toy' };
      return { kind: 'retry', text: 'the toy rail did not say' };
    },
    async sendBatch(payments, messageId, { signal, tell, notAfter }) {
      tell({ direction: 'request', at: now(), summary: `${payments.length} payments` });
      const said = await post('/pay', { messageId, payments: payments.map(written) }, false, { signal, notAfter });
      tell({ direction: 'answer', at: now(), summary: said.kind });
      const results = resultsOf(said);
      return payments.map(({ endToEndId }) => (results ? answerOf(results.get(endToEndId)) : refusalOf(said)));
    },
    query: async (payment, _sent, call) => (await ask([payment], call))[0]!,
    queryBatch: (payments, _sent, call) => ask(payments, call),
    async health(signal) {
      const said = await post('/ask', { ids: [] }, true, { signal });
      return resultsOf(said) ? { ok: true, text: 'answers' } : { ok: false, text: 'does not answer' };
    },
    close: () => http.close(),
  };
}

function written({ endToEndId: id, payer, payee, amount }: Payment) {
  return { id, payer: payer.id, payee: payee.id, amount: formatMoney(amount), currency: amount.currency };
}

function resultsOf(said: RailResponse): Map<string, ToyResult> | undefined {
  if (said.kind !== 'answered' || said.status !== 200 || !said.text.startsWith('{')) return undefined;
  const { results } = JSON.parse(said.text) as { results: ToyResult[] };
  return new Map(results.map((result) => [result.id, result]));
}

function answerOf(result: ToyResult | undefined): Answer {
  if (!result) return { kind: 'neverReceived', text: 'the toy rail has no trace of it' };
  if (result.state === 'completed') return { kind: 'completed', reference: `toy-${result.id}` };
  if (result.state === 'pending') return { kind: 'accepted' };
  return { kind: 'rejected', code: result.code === 404 ? 404 : 422, railCode: String(result.code), text: result.text };
}

/** Of a list that was not taken, or may not have been. */
function refusalOf(said: RailResponse): Answer {
  if (said.kind === 'notSent') return { kind: 'notSent', text: said.text };
  if (said.kind === 'answered' && said.status === 503) return { kind: 'notSent', text: 'busy' };
  if (said.kind === 'answered' && said.status === 402) {
    return { kind: 'payerBlocked', railCode: '402', text: 'out of marbles' };
  }
  return { kind: 'unknown', text: 'the toy rail did not say' };
}
