/** The Mojaloop rail: the SDK scheme adapter's outbound API 2.1 in its two-step mode, so that look-up, quote and transfer are steps. */
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import type { Answer, LookupAnswer, QuoteAnswer, Rail, RailDefinition, RailTools } from '../rail.ts';
import { isIdle, partyAnswerOf, queryAnswerOf, quoteAnswerOf, sendAnswerOf, startAnswerOf } from './answers.ts';
import { createClient, type Talk, textAt } from './client.ts';
import { classOf } from './codes.ts';
import { feeLimitOf } from './fee-limit.ts';
import { idTypeOf, knownTypes, transferRequestOf } from './mapping.ts';
import { createQuotes } from './quotes.ts';
import { simulateMojaloop } from './simulator.ts';

/** The adapter waits up to 10 s for each of look-up, quote and transfer. */
const timeoutMs = 35_000;
/** The adapter lets a prepare live for 60 s (EXPIRY_SECONDS); a margin for clocks and queues on top. */
const neverReceivedAfterMs = 90_000;

export const mojaloop: RailDefinition = {
  id: 'mojaloop',
  paymentModes: ['mojaloop'],
  type: 'PAYMENT',
  limits: { concurrency: 32, ratePerSecond: 200, maxBatch: 1, timeoutMs },
  columns: [],
  neverReceivedAfterMs,
  formats: [],
  configKeys: { url: 'the outbound API of the SDK scheme adapter, such as http://127.0.0.1:4001' },
  checkRow: ({ payer, payee }) => {
    if (!idTypeOf(payer.type)) return { column: 'payer_identifier_type', message: `write ${knownTypes}` };
    if (!idTypeOf(payee.type)) return { column: 'payee_identifier_type', message: `write ${knownTypes}` };
    return undefined;
  },
  open: openMojaloop,
  simulate: simulateMojaloop,
};

function openMojaloop({ http, config, now, log }: RailTools): Rail {
  const feeLimit = config.fee_limit ?? '2%';
  feeLimitOf(feeLimit, parseMoney('1', 'USD'));
  const expiryMs = Number(config.never_received_ms ?? neverReceivedAfterMs);
  const client = createClient({ http, now, timeoutMs });
  const quotes = createQuotes(now);
  const requestOf = (payment: Payment) =>
    transferRequestOf(payment, {
      amountType: config.amount_type === 'RECEIVE' ? 'RECEIVE' : 'SEND',
      dfspId: config.dfsp_id,
      payerName: config.payer_name,
    });

  async function start(talk: Talk, payment: Payment): Promise<LookupAnswer> {
    const said = await talk.start(requestOf(payment));
    if (said.kind === 'answered' && textAt(said.body, 'currentState') === 'COMPLETED') {
      log.error('adapter paid without being asked: switch its AUTO_ACCEPT settings off', { id: payment.endToEndId });
    }
    return startAnswerOf(said, payment);
  }

  /** The scheme calling a request malformed is for a person: every further payment would fare alike. */
  function watched<A extends Answer | QuoteAnswer>(answer: A, { endToEndId }: Payment): A {
    if (answer.kind === 'rejected' && classOf(answer.railCode) === 'ours') {
      log.error('scheme found our request wrong', { endToEndId, code: answer.railCode, text: answer.text });
    }
    return answer;
  }

  async function startAndQuote(talk: Talk, payment: Payment): Promise<QuoteAnswer> {
    const found = await start(talk, payment);
    if (found.kind === 'notFound') return { ...found, kind: 'rejected', code: 404 };
    if (found.kind === 'retry') return { kind: 'notSent', text: found.text };
    return quotes.note(payment, quoteAnswerOf(await talk.acceptParty(payment.endToEndId), payment, feeLimit));
  }

  return {
    lookup: async (party, call) => partyAnswerOf(await client.talk(call).party(party), party),
    resolvePayee: (payment, call) => start(client.talk(call), payment),
    async quote(payment, call) {
      const talk = client.talk(call);
      const said = await talk.acceptParty(payment.endToEndId);
      // A second acceptParty makes the adapter abort; what was aborted before a quote was accepted can begin again.
      const answer = isIdle(said, payment)
        ? await startAndQuote(talk, payment)
        : quotes.note(payment, quoteAnswerOf(said, payment, feeLimit));
      return watched(answer, payment);
    },
    async send(payment, call) {
      const talk = client.talk(call);
      if (quotes.hasExpired(payment)) {
        const again = await startAndQuote(talk, payment);
        if (again.kind !== 'quoted') return watched(again, payment);
      }
      const said = await talk.acceptQuote(payment.endToEndId);
      if (!isIdle(said, payment)) return watched(sendAnswerOf(said, payment), payment);
      const quoted = await startAndQuote(talk, payment);
      if (quoted.kind !== 'quoted') return watched(quoted, payment);
      return watched(sendAnswerOf(await talk.acceptQuote(payment.endToEndId), payment), payment);
    },
    async query(payment, sent, call) {
      const said = await client.talk(call).transfer(payment.endToEndId);
      return queryAnswerOf(said, payment, now().getTime() - sent.at.getTime() >= expiryMs);
    },
    async health(signal) {
      const said = await client.isUp(signal);
      const ok = said.kind === 'answered' && said.status === 200;
      return { ok, text: said.kind === 'answered' ? `the adapter answers ${said.status}` : said.text };
    },
    close: () => http.close(),
  };
}
