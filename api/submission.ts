/** What a POST /batchtransactions asks for, apart from its bytes; all that is wrong with it is said at once. */
import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { NoticeChannel } from '../domain/notice.ts';
import { invalidRequest, type NamedError, Problem } from '../domain/problem.ts';
import {
  checkSwitches,
  type FlatSwitches,
  flatten,
  type Switches,
  type SwitchProblem,
  switchesOf,
} from '../domain/switches.ts';
import { checkCallbackUrl, type Lookup } from '../platform/callback-address.ts';
import type { TenantDoc } from '../store/documents.ts';
import { callerOf } from './caller.ts';
import { type Checksums, readChecksums } from './checksums.ts';
import { headerText, isLabel, parseJson, readQuery } from './request.ts';

export type Submission = {
  readonly way: 'csv' | 'file' | 'json' | 'pain.001';
  readonly isDryRun: boolean;
  readonly requestId: string;
  readonly isRequestIdGiven: boolean;
  /** As sent in the header. */
  readonly fileName?: string;
  readonly callbackUrl?: string;
  readonly idempotencyKey?: string;
  readonly purpose: string;
  readonly declaredCount?: number;
  readonly declaredTotal?: string;
  /** Whose beneficiaries the rows name. */
  readonly institution?: string;
  readonly maker: string;
  /** JSON of X-Batch-Options, not yet read. */
  readonly options?: string;
  readonly checksums: Checksums;
};

/** Throws problems; asks DNS about the callback address. */
export async function readSubmission(req: Request, tenant: TenantDoc, lookup?: Lookup): Promise<Submission> {
  const errors: NamedError[] = [];
  const problem = (name: string, message: string) => void errors.push({ name, message });
  const label = (header: string, max: number): string | undefined => {
    const text = headerText(req, header.toLowerCase());
    if (text !== undefined && !isLabel(text, max)) problem(header, `write up to ${max} printable characters`);
    return text;
  };
  const query = readQuery(req, ['type', 'dryRun']);
  const isDryRun = query.word('dryRun', ['true', 'false']) === 'true';
  const type = typeOf(req, query.text('type'), problem);
  const fileName = label('filename', 255);
  const way = type === 'csv' || type === 'pain.001' ? type : hasBody(req) ? 'json' : 'file';
  if (way === 'file' && fileName === undefined) {
    problem('filename', 'type=raw needs a JSON body, or the name of a file that was uploaded before');
  }
  const requestId = label('X-CorrelationID', 128);
  const count = headerText(req, 'x-declared-count');
  if (count !== undefined && !/^\d{1,9}$/.test(count)) problem('X-Declared-Count', 'write a whole number of rows');
  const total = headerText(req, 'x-declared-total');
  if (total !== undefined && !/^\d{1,18}(\.\d{1,18})?$/.test(total)) {
    problem('X-Declared-Total', 'write an amount with a dot for decimals, such as 6432.00');
  }
  const submission: Submission = {
    way,
    isDryRun,
    requestId: requestId ?? randomUUID(),
    isRequestIdGiven: requestId !== undefined,
    fileName,
    callbackUrl: headerText(req, 'x-callbackurl'),
    idempotencyKey: label('Idempotency-Key', 255),
    purpose: label('Purpose', 255) ?? '',
    declaredCount: count === undefined ? undefined : Number(count),
    declaredTotal: total,
    institution: label('X-Registering-Institution-ID', 128),
    maker: callerOf(req).subject,
    options: headerText(req, 'x-batch-options'),
    checksums: readChecksums(req),
  };
  if (errors.length > 0) throw invalidRequest(errors);
  query.done();
  if (submission.callbackUrl !== undefined) await vetCallback(submission.callbackUrl, tenant, lookup);
  return submission;
}

function typeOf(req: Request, inQuery: string | undefined, problem: (name: string, message: string) => void) {
  const given = [inQuery, headerText(req, 'type')].flatMap((text) => (text === undefined ? [] : [text.toLowerCase()]));
  const [type] = given;
  if (type === undefined || !isType(type)) {
    problem('type', 'write csv, raw or pain.001, as a query parameter or as the header Type');
  }
  if (given.length === 2 && given[0] !== given[1]) problem('type', 'query and header say different things');
  return type;
}

function isType(type: string): type is 'csv' | 'raw' | 'pain.001' {
  return ['csv', 'raw', 'pain.001'].includes(type);
}

function hasBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/** Throws a problem where the hub may not call the address. */
export async function vetCallback(url: string, tenant: TenantDoc, lookup?: Lookup): Promise<void> {
  const check = await checkCallbackUrl(url, { allowPrivate: tenant.allowPrivateAddresses, lookup });
  // A name that does not resolve just now is tried again by whoever calls it.
  if (check.kind === 'refused') throw new Problem('callback-address-refused', `X-CallbackURL: ${check.reason}`);
}

/** What the hub has to do what switches ask for. */
export type HubAbilities = { readonly noticeChannels: readonly NoticeChannel[] };

/** The tenant's switches with those of one batch over them. `texts`: JSON from the header or the form, if any. */
export function batchSwitches(hub: HubAbilities, tenant: TenantDoc, texts: readonly (string | undefined)[]): Switches {
  const options = texts.flatMap((text) => (text === undefined ? [] : [parseJson(text)]));
  if (options.length > 1) {
    throw invalidRequest([{ name: 'options', message: 'send options as a part or as X-Batch-Options, not both' }]);
  }
  if (options.length === 1 && !tenant.batchOptions) {
    throw new Problem('batch-options-not-allowed', 'the tenant allows no switches per batch: leave them out');
  }
  return checkedSwitches(hub, tenant.switches, options[0] ?? {});
}

/** `own` over `base`; throws a problem that names every switch that is wrong. */
export function checkedSwitches(hub: HubAbilities, base: FlatSwitches, own: unknown): Switches {
  const problems = checkSwitches(own);
  const merged = problems.length === 0 ? switchesOf({ ...base, ...(own as FlatSwitches) }) : undefined;
  const all = merged ? [...checkSwitches(flatten(merged)), ...beyondHub(hub, merged)] : problems;
  if (!merged || all.length > 0) {
    const detail = all.map(({ name, message }) => (name ? `${name}: ${message}` : message)).join('; ');
    throw new Problem('switches-refused', detail, { errors: all });
  }
  return merged;
}

/** Told now, not when payees hear nothing. */
function beyondHub({ noticeChannels: has }: HubAbilities, { notify }: Switches): SwitchProblem[] {
  const missing = notify.enable ? notify.channels.filter((channel) => !has.includes(channel)) : [];
  if (missing.length === 0) return [];
  const cure = has.length > 0 ? `write ${JSON.stringify(has)}` : 'leave notify.enable off';
  return [{ name: 'notify.channels', message: `this hub sends no ${missing.join(' and no ')}: ${cure}` }];
}
