/** What a POST /api/v1/routes asks for; all that is wrong with it is said at once. */
import type { Request } from 'express';
import { formatMoney } from '../domain/money.ts';
import { invalidRequest, type NamedError } from '../domain/problem.ts';
import { type AskedPart, divide, parseShare } from '../domain/route.ts';
import { digitsOf, parseExact } from '../platform/exact-json.ts';
import type { TenantDoc } from '../store/documents.ts';
import type { PartNotes, RoutePart } from '../store/route-documents.ts';
import type { ApiDeps } from './deps.ts';
import { currencyField, positiveMinor } from './money-field.ts';
import { headerText, isLabel, readObject, shortened } from './request.ts';
import { vetCallback } from './submission.ts';

export type RouteRequest = {
  readonly minor: bigint;
  readonly currency: string;
  readonly autoPayout: boolean;
  /** Absent: the tenant's only float of the currency. */
  readonly from?: string;
  readonly parts: readonly RoutePart[];
  readonly notes: PartNotes;
};

export type RequestHeaders = {
  readonly requestId?: string;
  readonly idempotencyKey?: string;
  readonly callbackUrl?: string;
};

type Asked = Omit<RoutePart, 'n' | 'minor'> & {
  readonly asked?: AskedPart;
  readonly name: string;
  readonly notes?: PartNotes[number];
};

const partsMax = 1_000;
const bodyMaxBytes = 2 * 1024 * 1024;
const notesMax = 16;
const fields = ['amount', 'currency', 'transfers', 'fees', 'autoPayout', 'from'];
const partFields = ['account', 'amount', 'share', 'currency', 'notes'];

/** The name of a part in error messages: `transfers[0]` or `fees[0]`. */
export function partName({ n, role }: RoutePart, parts: readonly RoutePart[]): string {
  const transfers = parts.filter((part) => part.role === 'transfer').length;
  return role === 'transfer' ? `transfers[${n - 1}].account` : `fees[${n - 1 - transfers}].account`;
}

export async function readRouteRequest(req: Request): Promise<RouteRequest> {
  const body = await readObject(req, fields, bodyMaxBytes, parseExact);
  const errors: NamedError[] = [];
  const currency = currencyField(body.currency, 'currency', errors);
  const minor = currency === undefined ? undefined : positiveMinor(body.amount, currency, 'amount', errors);
  const { autoPayout = false, from } = body;
  if (typeof autoPayout !== 'boolean') errors.push({ name: 'autoPayout', message: 'write true or false' });
  if (from !== undefined && typeof from !== 'string')
    errors.push({ name: 'from', message: 'write the id of a wallet' });
  const transfers = partsOf(body.transfers, 'transfers', 'transfer', currency, errors);
  const fees = body.fees === undefined ? [] : partsOf(body.fees, 'fees', 'fee', currency, errors);
  if (transfers.length + fees.length > partsMax) {
    errors.push({
      name: 'transfers',
      message: `a route has ${partsMax} parts at most, fees included: send more routes`,
    });
  }
  if (errors.length > 0 || minor === undefined || currency === undefined) throw invalidRequest(errors);
  const parts = divided({ minor, currency }, transfers, fees);
  const notes = Object.fromEntries(
    [...transfers, ...fees].flatMap((part, i) => (part.notes ? [[i + 1, part.notes]] : [])),
  );
  return { minor, currency, autoPayout: autoPayout === true, parts, notes, from: from as string | undefined };
}

export async function readRequestHeaders(deps: ApiDeps, req: Request, tenant: TenantDoc): Promise<RequestHeaders> {
  const errors: NamedError[] = [];
  const label = (header: string, max: number): string | undefined => {
    const text = headerText(req, header.toLowerCase());
    if (text === undefined || isLabel(text, max)) return text;
    errors.push({ name: header, message: `write up to ${max} printable characters` });
    return undefined;
  };
  const requestId = label('X-CorrelationID', 128);
  const idempotencyKey = label('Idempotency-Key', 255);
  if (errors.length > 0) throw invalidRequest(errors);
  const callbackUrl = headerText(req, 'x-callbackurl');
  if (callbackUrl !== undefined) await vetCallback(callbackUrl, tenant, deps.lookup);
  return { requestId, idempotencyKey, callbackUrl };
}

function divided(
  whole: { minor: bigint; currency: string },
  transfers: readonly Asked[],
  fees: readonly Asked[],
): RoutePart[] {
  const minors = dividedMinors(whole, transfers, fees);
  const parts = [...transfers, ...fees].map(({ asked: _, name: __, notes: ___, ...part }, i): RoutePart => {
    return { ...part, n: i + 1, minor: [...minors.parts, ...minors.fees][i]! };
  });
  const empty = parts.filter(({ minor }) => minor <= 0n);
  if (empty.length > 0) {
    const least = formatMoney({ minor: 1n, currency: whole.currency });
    const message = `comes to less than ${least} ${whole.currency}: nothing that small is paid`;
    throw invalidRequest(empty.map(({ n }) => ({ name: [...transfers, ...fees][n - 1]!.name, message })));
  }
  return parts;
}

function dividedMinors(
  whole: { minor: bigint; currency: string },
  transfers: readonly Asked[],
  fees: readonly Asked[],
) {
  const asked = (parts: readonly Asked[]) => parts.map((part) => part.asked!);
  try {
    return divide(whole, asked(fees), asked(transfers));
  } catch (error) {
    if (error instanceof RangeError) throw invalidRequest([{ name: 'transfers', message: error.message }]);
    throw error;
  }
}

function partsOf(
  value: unknown,
  path: string,
  role: RoutePart['role'],
  currency: string | undefined,
  errors: NamedError[],
): Asked[] {
  if (!Array.isArray(value) || value.length === 0) {
    errors.push({ name: path, message: `write a list of { ${partFields.join(', ')} }` });
    return [];
  }
  return value.map((part, i) => partOf(part, `${path}[${i}]`, role, currency, errors));
}

function partOf(
  value: unknown,
  name: string,
  role: RoutePart['role'],
  currency: string | undefined,
  errors: NamedError[],
): Asked {
  const fail = (field: string, message: string) =>
    void errors.push({ name: field ? `${name}.${field}` : name, message });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail('', `write an object with ${partFields.join(', ')}`);
    return { role, account: '', name };
  }
  const part = value as Record<string, unknown>;
  for (const field of Object.keys(part).filter((each) => !partFields.includes(each))) {
    fail(shortened(field), `is not known here; known are ${partFields.join(', ')}`);
  }
  const { account, amount, share, currency: own, notes } = part;
  if (!isAccountId(account)) fail('account', accountCure);
  if (own !== undefined && own !== currency)
    fail('currency', 'differs from the currency of the route: send a route of its own');
  if ((amount === undefined) === (share === undefined)) fail('amount', 'write an amount or a share, one of the two');
  const shareText = typeof share === 'string' ? share : digitsOf(share);
  return {
    role,
    account: String(account),
    name,
    asked: share === undefined ? amountOf(amount, currency, name, errors) : shareOf(shareText, `${name}.share`, errors),
    ...(share !== undefined && { share: shareText }),
    ...(notes !== undefined && { notes: notesOf(notes, `${name}.notes`, errors) }),
  };
}

export const accountCure = 'write the id of an account: 1 to 64 letters, digits, _ . or -';

export function isAccountId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);
}

function amountOf(
  amount: unknown,
  currency: string | undefined,
  name: string,
  errors: NamedError[],
): AskedPart | undefined {
  if (amount === undefined || currency === undefined) return undefined;
  const minor = positiveMinor(amount, currency, `${name}.amount`, errors);
  return minor === undefined ? undefined : { minor };
}

function shareOf(text: string | undefined, name: string, errors: NamedError[]): AskedPart | undefined {
  try {
    return { share: parseShare(text ?? '') };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    errors.push({ name, message: error.message });
    return undefined;
  }
}

function notesOf(value: unknown, name: string, errors: NamedError[]): Record<string, string> {
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  const isNote = ([key, text]: [string, unknown]) =>
    /^[\w -]{1,64}$/.test(key) && typeof text === 'string' && text.length <= 255;
  if (entries && entries.length <= notesMax && entries.every(isNote)) return Object.fromEntries(entries);
  const cure = `write an object of up to ${notesMax} texts of up to 255 characters, under names of letters, digits, _ and -`;
  errors.push({ name, message: cure });
  return {};
}
