/** Makes a savings account in Apache Fineract for a payee who has none: a client, the account, its approval, its activation; each found again where it was made before. */
import { uuidOf } from '../../domain/ids.ts';
import type { Payment } from '../../domain/payment.ts';
import { stringifyExact } from '../../platform/exact-json.ts';
import type { RailHttp } from '../../platform/http.ts';
import type { BeneficiaryAnswer } from '../rail.ts';
import { withoutIdentifiers } from '../said.ts';
import { bodyOf, errorCode } from './client.ts';

export type FineractAccounts = {
  /** Safe to repeat. */
  ensure(payment: Payment, signal: AbortSignal): Promise<BeneficiaryAnswer>;
};

export type AccountTerms = {
  readonly officeId: number;
  /** Of savings products, by currency. */
  readonly products: ReadonlyMap<string, number>;
};

/** Ends the work with what is to be told. */
class Ended extends Error {
  override name = 'Ended';
  readonly answer: BeneficiaryAnswer;
  constructor(answer: BeneficiaryAnswer) {
    super(answer.kind);
    this.answer = answer;
  }
}

type Body = Readonly<Record<string, unknown>>;

const written = { locale: 'en', dateFormat: 'yyyy-MM-dd' } as const;
/** A client's name has so many characters at most there. */
const nameMaxChars = 100;

export function createFineractAccounts(options: {
  readonly http: RailHttp;
  readonly headers: Readonly<Record<string, string>>;
  readonly terms: AccountTerms;
  readonly now: () => Date;
}): FineractAccounts {
  const { http, headers, terms, now } = options;

  async function ensure({ payee, amount, extra }: Payment, signal: AbortSignal): Promise<BeneficiaryAnswer> {
    const productId = terms.products.get(amount.currency);
    if (productId === undefined) {
      return { kind: 'refused', railCode: 'no-product', text: `no savings product is named for ${amount.currency}` };
    }
    const day = now().toISOString().slice(0, 10);
    let account = await find(`/savingsaccounts/external-id/${encodeURIComponent(payee.id)}`);
    if (account && isActive(account)) return { kind: 'there' };
    if (!account) {
      const clientId = await clientOf(payee.id, extra.payee_name ?? payee.id);
      const asked = { clientId, productId, externalId: payee.id, submittedOnDate: day, ...written };
      const made = await post('/savingsaccounts', asked, `account/${payee.id}`);
      account = { id: made.savingsId ?? made.resourceId };
    }
    const path = `/savingsaccounts/${String(account.id)}`;
    if (!isApproved(account)) {
      await post(`${path}?command=approve`, { approvedOnDate: day, ...written }, `approve/${payee.id}`);
    }
    await post(`${path}?command=activate`, { activatedOnDate: day, ...written }, `activate/${payee.id}`);
    return { kind: 'created' };

    async function clientOf(accountId: string, name: string): Promise<unknown> {
      const externalId = uuidOf(`fineract/client/${accountId}`);
      const there = await find(`/clients/external-id/${externalId}`);
      if (there) return there.id;
      const asked = { officeId: terms.officeId, legalFormId: 1, fullname: name.slice(0, nameMaxChars), externalId };
      const made = await post(
        '/clients',
        { ...asked, active: true, activationDate: day, ...written },
        `client/${accountId}`,
      );
      return made.clientId ?? made.resourceId;
    }

    async function find(of: string): Promise<Body | undefined> {
      const response = await http.request({ method: 'GET', path: of, headers, idempotent: true, signal });
      if (response.kind !== 'answered') throw new Ended({ kind: 'retry', text: response.text });
      const body = bodyOf(response.text);
      if (response.status === 200 && body.id !== undefined) return body;
      if (response.status === 404 && errorCode(body) !== undefined) return undefined;
      throw new Ended({ kind: 'retry', text: `Fineract answered ${response.status}` });
    }

    /** Under one key Fineract does it once, and answers the same again. */
    async function post(to: string, asked: Body, cause: string): Promise<Body> {
      const key = { 'idempotency-key': uuidOf(`fineract/${cause}`) };
      const request = {
        method: 'POST',
        path: to,
        headers: { ...headers, ...key },
        body: stringifyExact(asked),
      } as const;
      const response = await http.request({ ...request, idempotent: true, signal });
      if (response.kind !== 'answered') throw new Ended({ kind: 'retry', text: response.text });
      const body = bodyOf(response.text);
      if (response.status === 200) return body;
      const railCode = errorCode(body);
      if (railCode === undefined || ![400, 403, 404].includes(response.status)) {
        throw new Ended({ kind: 'retry', text: `Fineract answered ${response.status}` });
      }
      const text = withoutIdentifiers(String(body.defaultUserMessage ?? railCode).slice(0, 200));
      throw new Ended({ kind: 'refused', railCode, text });
    }
  }

  return {
    ensure: (payment, signal) =>
      ensure(payment, signal).catch((error: unknown) => {
        if (error instanceof Ended) return error.answer;
        throw error;
      }),
  };
}

function isActive(account: Body): boolean {
  return statusOf(account) === 'savingsAccountStatusType.active';
}

function isApproved(account: Body): boolean {
  return statusOf(account) === 'savingsAccountStatusType.approved';
}

function statusOf({ status }: Body): unknown {
  return (status as Body | undefined)?.code;
}
