/** What the simulated provider refuses of a transaction request, by the specification's own codes. */
import { isCurrency } from '../../domain/currency.ts';
import { isUuid } from '../../domain/ids.ts';
import { recordOf } from '../simulator-kit.ts';

type Problem = { readonly code: string; readonly text: string };

const types = /^(billpay|deposit|disbursement|transfer|merchantpay|inttransfer|adjustment|reversal|withdrawal)$/;
const amountShape = /^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[0-9])?$/;

/** The first thing wrong, or nothing. This provider wants both parties, our reference and a correlation id. */
export function problemOf(type: string, correlationId: string, body: unknown): Problem | undefined {
  const request = recordOf(body);
  const { amount, currency, descriptionText = '', requestingOrganisationTransactionReference: reference } = request;
  if (!types.test(type)) return { code: 'transactionTypeError', text: 'there is no such transaction type' };
  if (!isUuid(correlationId)) return { code: 'formatError', text: 'X-CorrelationID is no UUID' };
  if (typeof amount !== 'string' || !amountShape.test(amount))
    return { code: 'formatError', text: 'amount is malformed' };
  if (typeof currency !== 'string' || !isCurrency(currency)) {
    return { code: 'currencyNotSupported', text: 'currency is not known' };
  }
  if (typeof descriptionText !== 'string' || descriptionText.length > 160) {
    return { code: 'lengthError', text: 'descriptionText has more than 160 characters' };
  }
  if (typeof reference !== 'string' || reference === '' || reference.length > 256) {
    return { code: 'mandatoryValueNotSupplied', text: 'requestingOrganisationTransactionReference is missing' };
  }
  return partyProblem('debitParty', request.debitParty) ?? partyProblem('creditParty', request.creditParty);
}

function partyProblem(name: string, value: unknown): Problem | undefined {
  if (!Array.isArray(value) || value.length < 1 || value.length > 10) {
    return { code: 'mandatoryValueNotSupplied', text: `${name} has no identifiers` };
  }
  const isFine = value.map(recordOf).every((party) => isWord(party.key) && isWord(party.value));
  return isFine ? undefined : { code: 'formatError', text: `${name} is malformed` };
}

function isWord(text: unknown): boolean {
  return typeof text === 'string' && text.length >= 1 && text.length <= 256;
}
