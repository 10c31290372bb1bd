/** Apache Fineract's interoperation API: its transfers and an account's transactions, and what its answers prove. */
import { exactNumber, parseExact, stringifyExact } from '../../platform/exact-json.ts';
import type { RailHttp, RailResponse } from '../../platform/http.ts';

export type Action = 'PREPARE' | 'CREATE' | 'RELEASE';

export type Transfer = {
  readonly action: Action;
  readonly role: 'PAYER' | 'PAYEE';
  /** What belongs together: a message. */
  readonly transactionCode: string;
  /** Fineract refuses a second transfer of this code on the same account. */
  readonly transferCode: string;
  readonly accountId: string;
  /** Decimal digits, written as a number. */
  readonly amount: string;
  readonly currency: string;
};

export type TransferSaid =
  | { readonly kind: 'done' }
  /** A transfer of this code is on the account already: committed, or on hold. Fineract has one code for both. */
  | { readonly kind: 'already' }
  /** There is no such hold. */
  | { readonly kind: 'missing' }
  /** The same request is being carried out just now. */
  | { readonly kind: 'running'; readonly text: string }
  /** A final no, nothing was moved. */
  | { readonly kind: 'refused'; readonly code: string; readonly status: number; readonly text: string }
  | { readonly kind: 'notSent'; readonly text: string; readonly retryAfterMs?: number }
  | { readonly kind: 'unclear'; readonly text: string };

/** A line of an account; transferCode from the note that we gave it. */
export type Line = { readonly transferCode: string; readonly amount: string; readonly currency: string };
export type Listed =
  | { readonly kind: 'listed'; readonly lines: ReadonlyMap<string, Line> }
  | { readonly kind: 'noAccount'; readonly code: string; readonly text: string }
  | { readonly kind: 'unclear'; readonly text: string };

export type FineractClient = ReturnType<typeof createFineractClient>;

type How = { readonly signal: AbortSignal; readonly notAfter?: Date };

/** What is found by its note is ours. */
const notePrefix = 'tributary ';
/** Tries of a transfer that was proven not to have been taken. */
const triesMax = 4;

export function createFineractClient(options: {
  readonly http: RailHttp;
  readonly username: string;
  readonly password: string;
  readonly tenant: string;
}) {
  const { http, username, password, tenant } = options;
  const headers = headersOf({ username, password, tenant });

  async function post(transfer: Transfer, { signal, notAfter }: How): Promise<TransferSaid> {
    const { action, role, transactionCode, transferCode, accountId, amount, currency } = transfer;
    const body = {
      transactionCode,
      transferCode,
      accountId,
      amount: { amount: exactNumber(amount), currency },
      transactionRole: role,
      note: notePrefix + transferCode,
      locale: 'en',
    };
    const response = await http.request({
      method: 'POST',
      path: `/interoperation/transfers?action=${action}`,
      headers: { ...headers, 'idempotency-key': `${action}-${role}-${transferCode}`.slice(0, 50) },
      body: stringifyExact(body),
      idempotent: false,
      signal,
      notAfter,
    });
    return transferSaid(response, transferCode);
  }

  return {
    /** What was not taken is tried again a few times; what may have been is not. */
    async transfer(transfer: Transfer, how: How): Promise<TransferSaid> {
      for (let tries = 1; ; tries += 1) {
        const said = await post(transfer, how);
        if (said.kind !== 'notSent' || tries === triesMax || transfer.role === 'PAYER') return said;
      }
    },

    /** Lines of an account that were booked in these days and carry a note of ours, by transfer code. */
    async lines(
      accountId: string,
      direction: 'credit' | 'debit',
      { from, to }: { readonly from: Date; readonly to: Date },
      signal: AbortSignal,
    ): Promise<Listed> {
      const day = (at: Date) => at.toISOString().slice(0, 19);
      const range = `fromBookingDateTime=${day(from)}&toBookingDateTime=${day(to)}`;
      const which = `debit=${direction === 'debit'}&credit=${direction === 'credit'}`;
      const path = `/interoperation/accounts/${encodeURIComponent(accountId)}/transactions?${which}&${range}`;
      const response = await http.request({ method: 'GET', path, headers, idempotent: true, signal });
      return listed(response, accountId);
    },

    async account(accountId: string, signal: AbortSignal): Promise<'found' | 'notFound' | 'unclear'> {
      const path = `/interoperation/accounts/${encodeURIComponent(accountId)}`;
      const response = await http.request({ method: 'GET', path, headers, idempotent: true, signal });
      if (response.kind !== 'answered') return 'unclear';
      const body = bodyOf(response.text);
      if (response.status === 200 && body.accountId === accountId) return 'found';
      return response.status === 404 && errorCode(body) !== undefined ? 'notFound' : 'unclear';
    },

    async isThere(signal: AbortSignal): Promise<boolean> {
      const response = await http.request({
        method: 'GET',
        path: '/interoperation/health',
        headers,
        idempotent: true,
        signal,
      });
      return response.kind === 'answered' && response.status === 200 && response.text.trim() === 'OK';
    },
  };
}

/** Who asks, as whom. */
export function headersOf({
  username,
  password,
  tenant,
}: Readonly<Record<'username' | 'password' | 'tenant', string>>) {
  return {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    'fineract-platform-tenantid': tenant,
  };
}

/** Fineract's own words for a refusal of its domain. */
const codes = {
  already: /^error\.msg\.interop\.transfer\.already\./,
  missing: /^error\.msg\.interop\.transfer\.missing/,
} as const;

function transferSaid(response: RailResponse, transferCode: string): TransferSaid {
  if (response.kind === 'notSent') return response;
  if (response.kind === 'lost') return { kind: 'unclear', text: response.text };
  const { status, text, headers } = response;
  if (status === 409 || status === 425) return { kind: 'running', text: 'the same request is under way' };
  if ([401, 429, 503].includes(status)) {
    const seconds = Number(headers['retry-after']);
    const later = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {};
    return { kind: 'notSent', text: `Fineract answered ${status}`, ...later };
  }
  const body = bodyOf(text);
  if (status === 200) {
    const isOurs = body.transferCode === transferCode && body.state === 'ACCEPTED';
    return isOurs ? { kind: 'done' } : { kind: 'unclear', text: 'Fineract answered about something else' };
  }
  const code = errorCode(body);
  if (code === undefined || ![400, 403, 404].includes(status))
    return { kind: 'unclear', text: `Fineract answered ${status}` };
  if (codes.already.test(code)) return { kind: 'already' };
  if (codes.missing.test(code)) return { kind: 'missing' };
  return { kind: 'refused', code, status, text: String(body.defaultUserMessage ?? code).slice(0, 200) };
}

function listed(response: RailResponse, accountId: string): Listed {
  if (response.kind !== 'answered') return { kind: 'unclear', text: response.text };
  const body = bodyOf(response.text);
  const code = errorCode(body);
  if (response.status === 404 && code !== undefined)
    return { kind: 'noAccount', code, text: 'there is no such account' };
  const { accountId: whose, transactions } = body;
  if (response.status !== 200 || whose !== accountId || !Array.isArray(transactions)) {
    return { kind: 'unclear', text: `Fineract answered ${response.status} and no list of the account` };
  }
  return { kind: 'listed', lines: new Map(transactions.flatMap(lineOf)) };
}

function lineOf(value: unknown): [string, Line][] {
  const { note, amount, currency } = recordOf(value);
  if (typeof note !== 'string' || !note.startsWith(notePrefix)) return [];
  const transferCode = note.slice(notePrefix.length);
  return [[transferCode, { transferCode, amount: String(amount), currency: String(currency) }]];
}

export function errorCode(body: Readonly<Record<string, unknown>>): string | undefined {
  const [first] = Array.isArray(body.errors) ? body.errors : [];
  const code = recordOf(first).userMessageGlobalisationCode ?? body.userMessageGlobalisationCode;
  return typeof code === 'string' ? code : undefined;
}

export function bodyOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return recordOf(parseExact(text));
  } catch {
    return {};
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
