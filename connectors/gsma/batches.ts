/** The Mobile Money API's bulk side: many payments as one batch transaction, approved in a second step where the provider wants it, its results read page by page. */
import { uuidOf } from '../../domain/ids.ts';
import type { Payment } from '../../domain/payment.ts';
import type { Answer, Call, Rail, RailTools } from '../rail.ts';
import { linkOf, paidAnswerOf, requestStateAnswerOf } from './answers.ts';
import { type BatchResults, batchOf, rowAnswerOf } from './batch-answers.ts';
import { createClient, type Talk } from './client.ts';
import { textOf } from './extract.ts';
import { contradictionOf, openGsma, timeoutMs, transactionFor } from './single.ts';

export function openGsmaBatches(tools: RailTools): Rail {
  const { http, config, now, callbackUrlOf, log } = tools;
  const client = createClient({ http, now, timeoutMs, apiKey: config.api_key, clientId: config.client_id });
  const single = openGsma(tools);
  const pageSize = Number(config.page_size ?? 500);
  const isTwoStep = config.approval === 'two-step';
  if (!Number.isInteger(pageSize) || pageSize < 1) throw new RangeError('page_size is no whole number above 0');
  if (config.approval && !isTwoStep && config.approval !== 'one-step') {
    throw new RangeError('approval is neither one-step nor two-step');
  }

  async function ask(talk: Talk, payments: readonly Payment[], messageId: string): Promise<readonly Answer[]> {
    const all = (answer: Answer) => payments.map(() => answer);
    const link = linkOf(await talk.response(uuidOf(messageId)));
    if (link.kind === 'batchtransactions') return results(talk, payments, messageId, link.id);
    if (link.kind === 'transactions') return all({ kind: 'unknown', text: 'a batch became a transaction' });
    if (link.kind !== 'requeststates') return all(link);
    const state = await talk.requestState(link.id);
    if (state.kind !== 'answered') return all({ kind: 'unknown', text: state.text });
    if (state.status !== 200 || textOf(state.body, 'serverCorrelationId') !== link.id) {
      return all({ kind: 'unknown', text: `HTTP ${state.status} for a request state` });
    }
    const id = textOf(state.body, 'objectReference')?.split('/').at(-1);
    if (textOf(state.body, 'status')?.toLowerCase() !== 'completed') return all(requestStateAnswerOf(state, now()));
    return id ? results(talk, payments, messageId, id) : all({ kind: 'unknown', text: 'completed without a batch' });
  }

  async function results(talk: Talk, payments: readonly Payment[], messageId: string, id: string) {
    const all = (answer: Answer) => payments.map(() => answer);
    const batch = batchOf(await talk.batch(id), id);
    if (batch.kind !== 'batch') return all(batch);
    if (batch.status === 'created') {
      if (!isTwoStep) return all({ kind: 'accepted', reference: id, text: 'the batch waits for its approval' });
      const said = await talk.approve(id, uuidOf(`${messageId}/approve`));
      const isTold = said.kind === 'answered' && said.status < 300;
      if (isTold) log.info('batch was approved', { messageId, batch: id });
      return all({ kind: 'accepted', reference: id, text: isTold ? 'approved' : 'not approved yet' });
    }
    const found: BatchResults = new Map();
    for (const which of ['completions', 'rejections'] as const) {
      const problem = await readPages(talk, id, which, found);
      if (problem) return all({ kind: 'unknown', text: problem });
      if (payments.every(({ endToEndId }) => found.has(endToEndId))) break;
    }
    return payments.map((payment) => rowAnswerOf(payment, found.get(payment.endToEndId), batch.status, id));
  }

  /** Until a page is empty or all that the provider says there are have come; what it gives twice counts once. */
  async function readPages(
    talk: Talk,
    id: string,
    which: 'completions' | 'rejections',
    found: BatchResults,
  ): Promise<string | undefined> {
    for (let offset = 0; ; ) {
      const { said, available } = await talk.batchPage(id, which, { limit: pageSize, offset });
      if (said.kind !== 'answered') return said.text;
      if (said.status !== 200 || !Array.isArray(said.body)) return `HTTP ${said.status} without ${which} of the batch`;
      for (const result of said.body as unknown[]) {
        const reference = textOf(result, 'requestingOrganisationTransactionReference');
        if (reference) found.set(reference, [...(found.get(reference) ?? []), { which, result }]);
      }
      offset += said.body.length;
      if (said.body.length === 0 || (available === undefined ? said.body.length < pageSize : offset >= available)) {
        return undefined;
      }
    }
  }

  return {
    ...single,
    send: undefined,
    async sendBatch(payments, messageId, call: Call) {
      const talk = client.talk(call);
      const [first] = payments;
      const said = await talk.payBatch(payments.map(transactionFor), {
        correlationId: uuidOf(messageId),
        callbackUrl: callbackUrlOf(first!),
        title: messageId,
        ...(config.organisation_id && { organisationId: config.organisation_id }),
      });
      const answer = paidAnswerOf(said, 'batch', now());
      if (answer !== 'ask') return payments.map(() => answer);
      log.info('batch was a duplicate, asking what came of it', { messageId });
      return (await ask(talk, payments, messageId)).map(contradictionOf);
    },
    queryBatch: (payments, { messageId }, call) => ask(client.talk(call), payments, messageId),
    async query(payment, { messageId }, call) {
      if (!messageId) return { kind: 'unknown', text: 'a payment of a batch is asked about by its message' };
      const [answer] = await ask(client.talk(call), [payment], messageId);
      return answer!;
    },
  };
}
