/** What the simulated adapter refuses of a transfer request, in the words of the real one's OpenAPI validation. */
import { recordOf } from '../simulator-kit.ts';

type TransferParty = { readonly idType: string; readonly idValue: string; readonly idSubValue?: string };

export type TransferRequest = {
  readonly transferId: string;
  readonly homeTransactionId: string;
  readonly from: TransferParty;
  readonly to: TransferParty;
  readonly amountType: 'SEND' | 'RECEIVE';
  readonly currency: string;
  readonly amount: string;
  readonly transactionType: 'TRANSFER';
};

const required = ['homeTransactionId', 'from', 'to', 'amountType', 'currency', 'amount', 'transactionType'] as const;
const idTypes = /^(MSISDN|EMAIL|PERSONAL_ID|BUSINESS|DEVICE|ACCOUNT_ID|IBAN|ALIAS)$/;

const shapes: Readonly<Record<string, RegExp>> = {
  transferId: /^[0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  homeTransactionId: /^.+$/,
  amountType: /^(SEND|RECEIVE)$/,
  currency: /^[A-Z]{3}$/,
  // Canonical: no trailing zeros, no leading zeros, at most four decimals.
  amount: /^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?$/,
  transactionType: /^TRANSFER$/,
  note: /^.{1,128}$/s,
};

/** The first thing wrong, or nothing. */
export function problemOf(body: unknown): string | undefined {
  const request = recordOf(body);
  const missing = required.find((name) => request[name] === undefined);
  if (missing) return `must have required property '${missing}'`;
  if (request.transferId === undefined) return 'this simulator wants the transferId that its caller chose';
  for (const [name, shape] of Object.entries(shapes)) {
    const value = request[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') return `${name} must be string`;
    if (!shape.test(value)) return `${name} must match pattern "${shape.source}"`;
  }
  return partyProblem('from', request.from) ?? partyProblem('to', request.to);
}

function partyProblem(name: string, value: unknown): string | undefined {
  const { idType, idValue, idSubValue } = recordOf(value);
  if (typeof idType !== 'string' || !idTypes.test(idType))
    return `${name}.idType must be equal to one of the allowed values`;
  for (const text of [idValue, idSubValue ?? 'none']) {
    if (typeof text !== 'string' || text.length < 1 || text.length > 128)
      return `${name} must have an id of 1 to 128 characters`;
  }
  return undefined;
}
