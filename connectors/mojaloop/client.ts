/** Speaks to the scheme adapter: one talk per call of the port, with one time-out for all its requests, and extracts told as they pass. */
import type { Party } from '../../domain/payment.ts';
import type { RailHttp } from '../../platform/http.ts';
import { masked } from '../../platform/log.ts';
import type { Call, Exchange } from '../rail.ts';
import { type Said, saidOf, withoutIdentifiers } from '../said.ts';
import { partyPathOf, type transferRequestOf } from './mapping.ts';

export type TransferRequest = ReturnType<typeof transferRequestOf>;

export type Talk = {
  /** Looks the payee up and stops there; begins anew where the adapter already knows the id. */
  start(request: TransferRequest): Promise<Said>;
  /** Moves no money: asks the payee's institution for a quote and stops there. */
  acceptParty(transferId: string): Promise<Said>;
  /** Moves the money. */
  acceptQuote(transferId: string): Promise<Said>;
  transfer(transferId: string): Promise<Said>;
  party(party: Party): Promise<Said>;
};

export type Client = { talk(call: Call): Talk; isUp(signal: AbortSignal): Promise<Said> };

export function createClient({
  http,
  now,
  timeoutMs,
}: {
  readonly http: RailHttp;
  readonly now: () => Date;
  readonly timeoutMs: number;
}): Client {
  async function request(method: 'GET' | 'POST' | 'PUT', path: string, limits: Limits, body?: unknown): Promise<Said> {
    const response = await http.request({
      method,
      path,
      headers: {
        accept: 'application/json',
        date: now().toUTCString(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A POST or PUT is repeated by the hub alone, which knows what it means.
      idempotent: method === 'GET',
      ...limits,
    });
    return saidOf(response);
  }

  function talk(call: Call): Talk {
    const endsAt = performance.now() + timeoutMs;
    async function exchange(
      method: 'GET' | 'POST' | 'PUT',
      path: string,
      words: Pick<Exchange, 'summary' | 'body'>,
      body?: unknown,
    ) {
      const asks = method === 'GET';
      call.tell({ direction: asks ? 'query' : 'request', at: now(), ...words });
      // Not even a look-up is begun anew by a sender whose lease is over: it would reset the transfer of whoever took over.
      const limits = {
        signal: call.signal,
        timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())),
        ...(!asks && call.notAfter && { notAfter: call.notAfter }),
      };
      const said = await request(method, path, limits, body);
      call.tell({ direction: asks ? 'query-answer' : 'answer', at: now(), ...extractOf(said) });
      return said;
    }

    return {
      start: (asked) =>
        exchange('POST', '/transfers', { summary: 'POST /transfers', body: maskedRequest(asked) }, asked),
      acceptParty: (id) => accept(id, { acceptParty: true }),
      acceptQuote: (id) => accept(id, { acceptQuote: true }),
      transfer: (id) => exchange('GET', `/transfers/${id}`, { summary: `GET /transfers/${id}` }),
      party: (party) =>
        exchange('GET', partyPathOf(party), { summary: `GET /parties for ${party.type} ${masked(party.id)}` }),
    };

    function accept(id: string, body: Readonly<Record<string, boolean>>) {
      return exchange('PUT', `/transfers/${id}`, { summary: `PUT /transfers/${id}`, body }, body);
    }
  }

  return { talk, isUp: (signal) => request('GET', '/', { signal }) };
}

type Limits = { readonly signal: AbortSignal; readonly timeoutMs?: number; readonly notAfter?: Date };

/** The text at a path of parsed JSON, numbers as text: the adapter writes `statusCode` both ways. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let found = value;
  for (const name of path) {
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  }
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : undefined;
}

function maskedRequest({ transferId, amountType, amount, currency, from, to }: TransferRequest) {
  const party = ({ idType, idValue }: { idType: string; idValue: string }) => `${idType} ${masked(idValue)}`;
  return { transferId, amountType, amount, currency, from: party(from), to: party(to) };
}

/** What an answer said, without the five to ten kilobytes of FSPIOP exchange that it carries. */
function extractOf(said: Said): Pick<Exchange, 'summary' | 'httpStatus' | 'body'> {
  if (said.kind !== 'answered') return { summary: `${said.kind}: ${said.text}` };
  const { body, status } = said;
  const transferState = textAt(body, 'fulfil', 'body', 'transferState');
  const currentState = textAt(body, 'currentState') ?? textAt(body, 'transferState', 'currentState');
  const words = [status, currentState, transferState, textAt(body, 'statusCode')].filter(Boolean).join(' ');
  const extract = {
    currentState,
    transferState,
    transferAmount: textAt(body, 'quoteResponse', 'body', 'transferAmount', 'amount'),
    payeeFspFee: textAt(body, 'quoteResponse', 'body', 'payeeFspFee', 'amount'),
    message: withoutIdentifiers(textAt(body, 'message') ?? '') || undefined,
  };
  return { summary: words, httpStatus: status, ...(body !== undefined && { body: extract }) };
}
