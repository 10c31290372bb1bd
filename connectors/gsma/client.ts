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
    path: string;
    body?: string;
    headers?: Record<string, string>;
    signal: AbortSignal;
    timeoutMs?: number;
    notAfter?: Date;
  };

  async function request({ path, body, headers, ...limits }: Ask): Promise<Said> {
    const response = await http.request({
      method: body === undefined ? 'GET' : 'POST',
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
      // The one POST moves money: it is repeated by the hub alone, after asking.
      idempotent: body === undefined,
      ...limits,
    });
    return saidOf(response);
  }

  function talk(call: Call): Talk {
    const endsAt = performance.now() + timeoutMs;
    const limits = () => ({ signal: call.signal, timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())) });

    async function ask(path: string, summary: string): Promise<Said> {
      call.tell({ direction: 'query', at: now(), summary });
      const said = await request({ path, ...limits() });
      call.tell({ direction: 'query-answer', at: now(), ...extractOf(said) });
      return said;
    }

    return {
      async pay(transaction, { correlationId, callbackUrl, dfspId }) {
        // The specification wants the type in the path, and the rest of the object as the body.
        const { type, ...body } = transaction;
        const path = `/transactions/type/${encodeURIComponent(type)}`;
        call.tell({ direction: 'request', at: now(), summary: `POST ${path}`, body: maskedTransaction(transaction) });
        const headers = {
          'x-correlationid': correlationId,
          'x-callback-url': callbackUrl,
          ...(dfspId && {
            'x-account-holding-institution-identifier-type': 'organisationid',
            'x-account-holding-institution-identifier': dfspId,
          }),
        };
        const { notAfter } = call;
        const said = await request({ path, body: JSON.stringify(body), headers, ...limits(), notAfter });
        call.tell({ direction: 'answer', at: now(), ...extractOf(said) });
        return said;
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
