/** What the simulated Fineract books, and how it refuses. */
import type { SimulatedAnswer } from '../simulator-kit.ts';

/** A booking on one account. Holds, what is taken from a payer, clients and accounts stand beside the payments, under codes of their own. */
export type Booking = {
  readonly kind: 'hold' | 'released' | 'withdrawal' | 'deposit' | 'client' | 'submitted' | 'approved' | 'active';
  readonly account: string;
  /** Of a client or an account: its number. */
  readonly transactionCode: string;
  readonly note: string;
  readonly day: string;
  readonly key: string;
};

export function refusal(status: number, code: string): SimulatedAnswer {
  return { status, body: errorBody(code) };
}

export function errorBody(code: string) {
  return {
    userMessageGlobalisationCode: code,
    defaultUserMessage: 'Refused by the account system',
    errors: [{ userMessageGlobalisationCode: code, defaultUserMessage: 'Refused by the account system' }],
  };
}
