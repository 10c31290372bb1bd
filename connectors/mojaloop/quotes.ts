/** Until when each quote may be accepted: one that has run out is asked for anew, before the scheme refuses a payment for it. */
import type { Payment } from '../../domain/payment.ts';
import type { QuoteAnswer } from '../rail.ts';

export type Quotes = {
  note(payment: Payment, answer: QuoteAnswer): QuoteAnswer;
  hasExpired(payment: Payment): boolean;
};

/** A process that was started anew does not remember; then the scheme's own word counts. */
const rememberedMax = 20_000;
/** An acceptance takes a moment to reach the payee's institution. */
const marginMs = 1_000;

export function createQuotes(now: () => Date): Quotes {
  const expiries = new Map<string, number>();
  return {
    note({ endToEndId }, answer) {
      expiries.delete(endToEndId);
      const at = answer.kind === 'quoted' ? Date.parse(answer.expiresAt ?? '') : Number.NaN;
      if (!Number.isNaN(at)) expiries.set(endToEndId, at);
      if (expiries.size > rememberedMax) expiries.delete(expiries.keys().next().value!);
      return answer;
    },
    hasExpired: ({ endToEndId }) => (expiries.get(endToEndId) ?? Number.POSITIVE_INFINITY) - marginMs < now().getTime(),
  };
}
