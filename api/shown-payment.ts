/** A payment as the seed and Payment Hub EE show it: the fields that both share, and what became of it in their words. */
import { detailWordOf, type ReasonCode, reasonCodes } from '../domain/outcome.ts';
import type { OutcomeDoc, PaymentDoc } from '../store/documents.ts';
import type { ReturnDoc } from '../store/returns.ts';

export type StandingPayment = {
  readonly payment: PaymentDoc;
  readonly outcome?: OutcomeDoc;
  /** Its money came back after it was paid. */
  readonly returned?: ReturnDoc;
};

/** `payerDfspId`: whose payer it is where the payment does not say. */
export function shownPayment({ payment, outcome, returned }: StandingPayment, payerDfspId: string) {
  const { payer, payee, currency } = payment;
  return {
    completedAt: outcome?.at.getTime() ?? null,
    status: detailWordOf(outcome?.status, returned !== undefined),
    statusDetail: returned ? reasonCodes[424] : (outcome?.text ?? null),
    payeeDfspId: payee.dfsp ?? payment.extra?.payee_dfsp_id ?? null,
    payeePartyId: payee.id,
    payeePartyIdType: payee.type.toUpperCase(),
    payeeFee: null,
    payeeFeeCurrency: null,
    payeeQuoteCode: null,
    payerDfspId: payer.dfsp ?? payerDfspId,
    payerPartyId: payer.id,
    payerPartyIdType: payer.type.toUpperCase(),
    payerFee: null,
    payerFeeCurrency: null,
    payerQuoteCode: null,
    currency,
    direction: 'OUTGOING',
    errorInformation: errorOf(outcome, returned),
  };
}

/** JSON in a string, as the seed has it. */
function errorOf(outcome: OutcomeDoc | undefined, returned: ReturnDoc | undefined): string | null {
  if (returned) {
    const errorDescription = `${reasonCodes[424]}: ${returned.railText}`;
    return JSON.stringify({ errorInformation: { errorDescription, errorCode: returned.railCode } });
  }
  if (!outcome || outcome.status === 'completed') return null;
  const code = outcome.code === undefined ? undefined : (Number(outcome.code) as ReasonCode);
  const errorDescription = [outcome.text ?? (code && reasonCodes[code]) ?? outcome.status, outcome.railText]
    .filter((text, at, all) => text && all.indexOf(text) === at)
    .join(': ');
  return JSON.stringify({
    errorInformation: { errorDescription, errorCode: outcome.railCode ?? String(code ?? 422) },
  });
}
