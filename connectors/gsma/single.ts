/** The Mobile Money API payment by payment: a payment is accepted at once, told by a callback, and believed when asked about. */
import { type GsmaTransaction, gsmaTransactionOf } from '../../domain/gsma-format.ts';
import { parseMoney } from '../../domain/money.ts';
import { nameLikeness } from '../../domain/name-match.ts';
import type { Party, Payment } from '../../domain/payment.ts';
import type { Answer, LookupAnswer, Rail, RailTools } from '../rail.ts';
import {
  differenceOf,
  healthOf,
  linkOf,
  nameOf,
  paidAnswerOf,
  requestStateAnswerOf,
  statusAnswerOf,
  transactionAnswerOf,
} from './answers.ts';
import { createClient, type Talk } from './client.ts';
import { summaryOf, textOf } from './extract.ts';
import { createPolls } from './polls.ts';

export const timeoutMs = 20_000;
/** Of the CSV column with the name that the payer expects. */
export const nameColumn = 'payee_name';

export function openGsma({ http, config, now, callbackUrlOf, log }: RailTools): Rail {
  const client = createClient({ http, now, timeoutMs, apiKey: config.api_key, clientId: config.client_id });
  const polls = createPolls(now);
  const likenessMin = likenessMinOf(config.name_match);

  /** `about` is what the transaction is to be about, where it is not the payment itself. */
  async function ask(talk: Talk, payment: Payment, correlationId: string, about = payment): Promise<Answer> {
    const link = linkOf(await talk.response(correlationId));
    if (link.kind === 'transactions') return transactionAnswerOf(await talk.transaction(link.id), about, link.id);
    if (link.kind === 'batchtransactions') return { kind: 'unknown', text: 'a payment became a batch' };
    if (link.kind !== 'requeststates') return link;
    if (!polls.mayAsk(link.id)) return { kind: 'accepted', reference: link.id, text: 'asked as often as allowed' };
    const said = await talk.requestState(link.id);
    if (said.kind !== 'answered' || said.status !== 200) {
      return {
        kind: 'unknown',
        text: said.kind === 'answered' ? `HTTP ${said.status} for a request state` : said.text,
      };
    }
    if (textOf(said.body, 'serverCorrelationId') !== link.id)
      return { kind: 'unknown', text: 'the state is of another request' };
    const { pollLimit } = said.body as { pollLimit?: unknown };
    polls.allowed(link.id, typeof pollLimit === 'number' ? pollLimit : undefined);
    const reference = textOf(said.body, 'objectReference')?.split('/').at(-1);
    if (textOf(said.body, 'status')?.toLowerCase() !== 'completed') return requestStateAnswerOf(said, now());
    if (!reference) return { kind: 'unknown', text: 'completed without a transaction' };
    return transactionAnswerOf(await talk.transaction(reference), about, reference);
  }

  async function lookup(talk: Talk, party: Party, expected: string | undefined): Promise<LookupAnswer> {
    const answer = statusAnswerOf(await talk.accountStatus(party));
    if (answer.kind !== 'found') return answer;
    const isWanted = likenessMin !== undefined && expected !== undefined;
    const said = await talk.accountName(party);
    const name = nameOf(said);
    if (!isWanted) return { ...answer, ...(name && { name }) };
    if (!name) {
      const text = said.kind === 'answered' ? `HTTP ${said.status} without a name` : said.text;
      return { kind: 'retry', text: `the name could not be compared: ${text}` };
    }
    if (nameLikeness(expected, name) >= likenessMin) return { ...answer, name };
    const text = `the account is in another name than ${nameColumn} says`;
    return { kind: 'notFound', code: 422, railCode: 'nameMismatch', text };
  }

  /** Before money moves: the payee's account and name, where the deployment wants them compared. */
  async function checkName(talk: Talk, payment: Payment): Promise<Answer | undefined> {
    const expected = payment.extra[nameColumn];
    if (likenessMin === undefined || !expected) return undefined;
    const found = await lookup(talk, payment.payee, expected);
    if (found.kind === 'found') return undefined;
    if (found.kind === 'retry') return { kind: 'notSent', text: found.text };
    return { kind: 'rejected', code: found.code ?? 404, railCode: found.railCode, text: found.text };
  }

  return {
    lookup: (party, call, expected) => lookup(client.talk(call), party, expected?.name),
    resolvePayee: (payment, call) => lookup(client.talk(call), payment.payee, payment.extra[nameColumn]),
    async send(payment, call) {
      const talk = client.talk(call);
      const refused = await checkName(talk, payment);
      if (refused) return refused;
      const said = await talk.pay(transactionFor(payment), {
        correlationId: payment.endToEndId,
        callbackUrl: callbackUrlOf(payment),
        ...(payment.payee.dfspId && { dfspId: payment.payee.dfspId }),
      });
      const answer = paidAnswerOf(said, payment, now());
      if (answer !== 'ask') return answer;
      log.info('request was a duplicate, asking what came of it', { endToEndId: payment.endToEndId });
      return contradictionOf(await ask(talk, payment, payment.endToEndId));
    },
    query: (payment, _, call) => ask(client.talk(call), payment, payment.endToEndId),
    async reverse(payment, { reference, reversalId }, call) {
      const talk = client.talk(call);
      const original = await talk.transaction(reference);
      if (original.kind !== 'answered' || original.status !== 200) {
        return { kind: 'notSent', text: 'the transaction to be reversed could not be read' };
      }
      const foreign = differenceOf(original.body, payment);
      if (foreign) return { kind: 'notSent', text: `transaction ${reference} has another ${foreign} than the payment` };
      const body = { type: 'reversal', requestingOrganisationTransactionReference: reversalId };
      const answer = paidAnswerOf(
        await talk.reverse(reference, body, reversalId),
        reversalOf(payment, reversalId),
        now(),
      );
      if (answer !== 'ask') return answer;
      return contradictionOf(await ask(talk, payment, reversalId, reversalOf(payment, reversalId)));
    },
    queryReversal: (payment, { reversalId }, call) =>
      ask(client.talk(call), payment, reversalId, reversalOf(payment, reversalId)),
    readCallback(body) {
      const summary = summaryOf(body);
      if (!summary) throw new RangeError('a callback is a transaction, a batch, a request state or an error object');
      return { summary };
    },
    health: async (signal) => healthOf(await client.heartbeat(signal)),
    close: () => http.close(),
  };
}

/** A duplicate of what cannot be found is a contradiction; nothing may be concluded from it. */
export function contradictionOf(told: Answer): Answer {
  return told.kind === 'neverReceived' ? { kind: 'unknown', text: told.text } : told;
}

/** A reversal is a transaction of its own, of the same amount, under its own reference. */
function reversalOf(payment: Payment, reversalId: string): Payment {
  return { ...payment, endToEndId: reversalId };
}

function likenessMinOf(text: string | undefined): number | undefined {
  if (text === undefined || text === 'off') return undefined;
  const percent = Number(text);
  if (Number.isInteger(percent) && percent >= 1 && percent <= 100) return percent;
  throw new RangeError('name_match is neither off nor a whole number from 1 to 100');
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
