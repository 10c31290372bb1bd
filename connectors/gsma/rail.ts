/** The GSMA rail: Mobile Money API 1.2, asynchronous: a payment is accepted at once, told by a callback, and believed when asked about. */
import { type GsmaTransaction, gsmaIdentifierTypeOf, gsmaTransactionOf } from '../../domain/gsma-format.ts';
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import type { Answer, Rail, RailDefinition, RailTools } from '../rail.ts';
import { linkOf, nameOf, paidAnswerOf, requestStateAnswerOf, statusAnswerOf, transactionAnswerOf } from './answers.ts';
import { createClient, type Talk } from './client.ts';
import { summaryOf, textOf } from './extract.ts';
import { localConfig, simulateGsma } from './simulator.ts';

const timeoutMs = 20_000;
/** The API gives a request no expiry of its own; a repeat would carry the same correlation id and be refused as a duplicate. */
const neverReceivedAfterMs = 60_000;
const knownTypes = 'accountNumber, msisdn, wallet_id, iban, email or alias';

export const gsma: RailDefinition = {
  id: 'gsma',
  paymentModes: ['gsma'],
  type: 'PAYMENT',
  limits: { concurrency: 32, ratePerSecond: 200, maxBatch: 1, timeoutMs },
  columns: [],
  neverReceivedAfterMs,
  formats: ['GSMA'],
  configKeys: { url: 'the Mobile Money API of the provider, such as https://host/v1.2/mm' },
  checkRow: ({ payer, payee }) => {
    if (!gsmaIdentifierTypeOf(payer.type)) return { column: 'payer_identifier_type', message: `write ${knownTypes}` };
    if (!gsmaIdentifierTypeOf(payee.type)) return { column: 'payee_identifier_type', message: `write ${knownTypes}` };
    return undefined;
  },
  open: openGsma,
  simulate: simulateGsma,
  localConfig,
};

function openGsma({ http, config, now, callbackUrlOf, log }: RailTools): Rail {
  const client = createClient({
    http,
    now,
    timeoutMs,
    apiKey: config.api_key,
    clientId: config.client_id,
  });

  async function ask(talk: Talk, payment: Payment): Promise<Answer> {
    const link = linkOf(await talk.response(payment.endToEndId));
    if (link.kind === 'transactions') return transactionAnswerOf(await talk.transaction(link.id), payment, link.id);
    if (link.kind !== 'requeststates') return link;
    const said = await talk.requestState(link.id);
    if (said.kind !== 'answered' || said.status !== 200) {
      return {
        kind: 'unknown',
        text: said.kind === 'answered' ? `HTTP ${said.status} for a request state` : said.text,
      };
    }
    if (textOf(said.body, 'serverCorrelationId') !== link.id)
      return { kind: 'unknown', text: 'the state is of another request' };
    const reference = textOf(said.body, 'objectReference')?.split('/').at(-1);
    if (textOf(said.body, 'status')?.toLowerCase() !== 'completed') return requestStateAnswerOf(said);
    if (!reference) return { kind: 'unknown', text: 'completed without a transaction' };
    return transactionAnswerOf(await talk.transaction(reference), payment, reference);
  }

  return {
    async lookup(party, call) {
      const talk = client.talk(call);
      const answer = statusAnswerOf(await talk.accountStatus(party));
      if (answer.kind !== 'found') return answer;
      const name = nameOf(await talk.accountName(party));
      return { ...answer, ...(name && { name }) };
    },
    async send(payment, call) {
      const talk = client.talk(call);
      const said = await talk.pay(transactionFor(payment), {
        correlationId: payment.endToEndId,
        callbackUrl: callbackUrlOf(payment),
        ...(payment.payee.dfspId && { dfspId: payment.payee.dfspId }),
      });
      const answer = paidAnswerOf(said, payment);
      if (answer !== 'ask') return answer;
      log.info('request was a duplicate, asking what came of it', { endToEndId: payment.endToEndId });
      const told = await ask(talk, payment);
      // A duplicate of what cannot be found is a contradiction; nothing may be concluded from it.
      return told.kind === 'neverReceived' ? { kind: 'unknown', text: told.text } : told;
    },
    query: (payment, _, call) => ask(client.talk(call), payment),
    readCallback(body) {
      const summary = summaryOf(body);
      if (!summary) throw new RangeError('a callback is a transaction, a request state or an error object');
      return { summary };
    },
    async health(signal) {
      const said = await client.heartbeat(signal);
      if (said.kind !== 'answered') return { ok: false, text: said.text };
      const status = textOf(said.body, 'serviceStatus')?.toLowerCase() ?? `HTTP ${said.status}`;
      return { ok: said.status === 200 && (status === 'available' || status === 'degraded'), text: status };
    },
    close: () => http.close(),
  };
}

/** The object that the format stage made, as it is, if it asks for this payment and nothing else; throws Error if it does not. */
export function transactionFor(payment: Payment & { readonly formatted?: unknown }): GsmaTransaction {
  const ours = gsmaTransactionOf(payment);
  if (payment.formatted === undefined) return ours;
  const theirs = payment.formatted as GsmaTransaction;
  const fields = ['type', 'currency', 'requestingOrganisationTransactionReference'] as const;
  const isSame =
    fields.every((name) => textOf(theirs, name) === ours[name]) &&
    parseMoney(textOf(theirs, 'amount') ?? '', ours.currency).minor === payment.amount.minor &&
    JSON.stringify([theirs.debitParty, theirs.creditParty]) === JSON.stringify([ours.debitParty, ours.creditParty]);
  if (!isSame) throw new Error(`the formatted object of ${payment.endToEndId} asks for another payment`);
  return theirs;
}
