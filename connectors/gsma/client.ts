/** Speaks to the Mobile Money API: one talk per call of the port, with one time-out for all its requests, and extracts told as they pass. */
import { createHash } from 'node:crypto';
import { type GsmaTransaction, gsmaIdentifierTypeOf } from '../../domain/gsma-format.ts';
import type { Party } from '../../domain/payment.ts';
import type { RailHttp } from '../../platform/http.ts';
import { masked } from '../../platform/log.ts';
import type { Call } from '../rail.ts';
import { type Said, saidOf } from '../said.ts';
import { extractOf, maskedTransaction } from './extract.ts';

export type Talk = {
  /** Moves the money. `correlationId` is what the provider knows the request by. */
  pay(
    transaction: GsmaTransaction,
    how: { correlationId: string; callbackUrl: string; dfspId?: string },
  ): Promise<Said>;
  /** Where the result of a request is, by our correlation id. */
  response(correlationId: string): Promise<Said>;
  requestState(serverCorrelationId: string): Promise<Said>;
  transaction(reference: string): Promise<Said>;
  /** Moves the money of many; what comes of it is told by the batch. */
  payBatch(
    transactions: readonly GsmaTransaction[],
    how: { correlationId: string; callbackUrl: string; title: string; organisationId?: string },
  ): Promise<Said>;
  batch(id: string): Promise<Said>;
  /** Second step of two: lets a batch go. The same again changes nothing. */
  approve(batchId: string, correlationId: string): Promise<Said>;
  /** `available`: how many there are in all, where the provider says so. */
  batchPage(
    id: string,
    which: 'completions' | 'rejections',
    page: { limit: number; offset: number },
  ): Promise<{ said: Said; available?: number }>;
  /** Takes a payment back. */
  reverse(transactionReference: string, body: object, correlationId: string): Promise<Said>;
  accountStatus(party: Party): Promise<Said>;
  accountName(party: Party): Promise<Said>;
};

export type Client = { talk(call: Call): Talk; heartbeat(signal: AbortSignal): Promise<Said> };

export type ClientOptions = {
  readonly http: RailHttp;
  readonly now: () => Date;
  readonly timeoutMs: number;
  readonly apiKey?: string;
  readonly clientId?: string;
};

export function createClient({ http, now, timeoutMs, apiKey, clientId }: ClientOptions): Client {
  type Ask = {
    method?: 'GET' | 'POST' | 'PATCH';
    path: string;
    body?: string;
    headers?: Record<string, string>;
    signal: AbortSignal;
    timeoutMs?: number;
    notAfter?: Date;
  };

  const request = async (asked: Ask): Promise<Said> => saidOf(await respond(asked));

  function respond({ path, body, method = body === undefined ? 'GET' : 'POST', headers, ...limits }: Ask) {
    return http.request({
      method,
      path,
      headers: {
        accept: 'application/json',
        'x-date': now().toISOString(),
        ...(apiKey && { 'x-api-key': apiKey }),
        ...(clientId && { 'x-client-id': clientId }),
        ...(body !== undefined && { 'content-type': 'application/json', 'x-content-hash': sha256(body) }),
        ...headers,
      },
      ...(body !== undefined && { body }),
      // What is posted moves money: it is repeated by the hub alone, after asking.
      idempotent: method === 'GET',
      ...limits,
    });
  }

  function talk(call: Call): Talk {
    const { signal, notAfter } = call;
    const endsAt = performance.now() + timeoutMs;
    const limits = () => ({ signal, timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())) });

    async function ask(path: string, summary: string): Promise<Said> {
      call.tell({ direction: 'query', at: now(), summary });
      const said = await request({ path, ...limits() });
      call.tell({ direction: 'query-answer', at: now(), ...extractOf(said) });
      return said;
    }

    async function order(what: Pick<Ask, 'method' | 'path' | 'headers'> & { body: string }, told: object) {
      const { method = 'POST', path } = what;
      call.tell({ direction: 'request', at: now(), summary: `${method} ${path}`, body: told });
      const said = await request({ ...what, ...limits(), notAfter });
      call.tell({ direction: 'answer', at: now(), ...extractOf(said) });
      return said;
    }

    return {
      async pay(transaction, { correlationId, callbackUrl, dfspId }) {
        // The specification wants the type in the path, and the rest of the object as the body.
        const { type, ...body } = transaction;
        const path = `/transactions/type/${encodeURIComponent(type)}`;
        const headers = {
          'x-correlationid': correlationId,
          'x-callback-url': callbackUrl,
          ...(dfspId && {
            'x-account-holding-institution-identifier-type': 'organisationid',
            'x-account-holding-institution-identifier': dfspId,
          }),
        };
        return order({ path, body: JSON.stringify(body), headers }, maskedTransaction(transaction));
      },
      payBatch(transactions, { correlationId, callbackUrl, title, organisationId }) {
        const body = {
          batchTitle: title,
          ...(organisationId && {
            requestingOrganisation: {
              requestingOrganisationIdentifierType: 'organisationid',
              requestingOrganisationIdentifier: organisationId,
            },
          }),
          transactions,
        };
        const headers = { 'x-correlationid': correlationId, 'x-callback-url': callbackUrl };
        const told = { batchTitle: title, transactions: transactions.length };
        return order({ path: '/batchtransactions', body: JSON.stringify(body), headers }, told);
      },
      batch: (id) => ask(`/batchtransactions/${encodeURIComponent(id)}`, `GET /batchtransactions/${id}`),
      approve(id, correlationId) {
        const body = [{ op: 'replace', path: '/batchStatus', value: 'approved' }];
        const path = `/batchtransactions/${encodeURIComponent(id)}`;
        const headers = { 'x-correlationid': correlationId };
        return order({ method: 'PATCH', path, body: JSON.stringify(body), headers }, body);
      },
      async batchPage(id, which, { limit, offset }) {
        const path = `/batchtransactions/${encodeURIComponent(id)}/${which}?limit=${limit}&offset=${offset}`;
        call.tell({ direction: 'query', at: now(), summary: `GET ${which} of ${id} from ${offset}` });
        const response = await respond({ path, ...limits() });
        const said = saidOf(response);
        const count = said.kind === 'answered' && Array.isArray(said.body) ? said.body.length : undefined;
        const summary = count === undefined ? extractOf(said).summary : `${count} ${which}`;
        call.tell({ direction: 'query-answer', at: now(), summary });
        const available = response.kind === 'answered' ? response.headers['x-records-available-count'] : undefined;
        return { said, ...(/^\d+$/.test(available ?? '') && { available: Number(available) }) };
      },
      reverse(reference, body, correlationId) {
        const path = `/transactions/${encodeURIComponent(reference)}/reversals`;
        return order({ path, body: JSON.stringify(body), headers: { 'x-correlationid': correlationId } }, body);
      },
      response: (id) => ask(`/responses/${encodeURIComponent(id)}`, `GET /responses/${id}`),
      requestState: (id) => ask(`/requeststates/${encodeURIComponent(id)}`, `GET /requeststates/${id}`),
      transaction: (reference) =>
        ask(`/transactions/${encodeURIComponent(reference)}`, `GET /transactions/${reference}`),
      accountStatus: (party) =>
        ask(`${accountPathOf(party)}/status`, `GET status of ${party.type} ${masked(party.id)}`),
      accountName: (party) =>
        ask(`${accountPathOf(party)}/accountname`, `GET name of ${party.type} ${masked(party.id)}`),
    };
  }

  return { talk, heartbeat: (signal) => request({ path: '/heartbeat', signal }) };
}

/** Throws RangeError on a type that the API does not know. */
function accountPathOf({ type, id }: Party): string {
  const identifierType = gsmaIdentifierTypeOf(type);
  if (!identifierType) throw new RangeError(`the Mobile Money API has no identifier type for ${type}`);
  return `/accounts/${identifierType}/${encodeURIComponent(id)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
