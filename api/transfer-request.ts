/** What a POST /channel/transfer asks for, checked like a row of a file; all that is wrong with it is said at once. */
import type { Request } from 'express';
import { type RequiredColumn, requiredColumns } from '../domain/batch-file.ts';
import { invalidRequest, type NamedError } from '../domain/problem.ts';
import { createRowChecker, identifierTypeOf, type RowFields } from '../domain/row-check.ts';
import type { TenantDoc } from '../store/documents.ts';
import { chooseRail, modeHeader } from './choose-rail.ts';
import type { ApiDeps } from './deps.ts';
import { headerText, isLabel, readObject, readQuery } from './request.ts';
import { vetCallback } from './submission.ts';
import { type PartyText, readTransferBody, type TransferBody } from './transfer-body.ts';

export type TransferRequest = {
  /** Of a payment that may be made: money is there. */
  readonly fields: RowFields;
  readonly body: TransferBody;
  readonly askedMode?: string;
  readonly requestId?: string;
  readonly idempotencyKey?: string;
  readonly callbackUrl?: string;
};

/** Where the client wrote what the row check calls by a column's name. */
const places: Readonly<Record<RequiredColumn | 'payee_dfsp_id', string>> = {
  id: 'clientRefId',
  request_id: 'X-CorrelationID',
  payment_mode: modeHeader,
  payer_identifier_type: 'payer.partyIdInfo.partyIdType',
  payer_identifier: 'payer.partyIdInfo.partyIdentifier',
  payee_identifier_type: 'payee.partyIdInfo.partyIdType',
  payee_identifier: 'payee.partyIdInfo.partyIdentifier',
  amount: 'amount.amount',
  currency: 'amount.currency',
  note: 'note',
  payee_dfsp_id: 'payee.partyIdInfo.fspId',
};
const columns = [...requiredColumns, 'payee_dfsp_id'] as const;
const dfspHeader = 'X-PayeeDFSP-ID';

/** Throws problems; asks DNS about the callback address. */
export async function readTransferRequest(deps: ApiDeps, req: Request, tenant: TenantDoc): Promise<TransferRequest> {
  const errors: NamedError[] = [];
  const label = (header: string, max: number): string | undefined => {
    const text = headerText(req, header.toLowerCase());
    if (text === undefined || isLabel(text, max)) return text;
    errors.push({ name: header, message: `write up to ${max} printable characters` });
    return undefined;
  };
  readQuery(req, []).done();
  const askedMode = label(modeHeader, 64)?.toLowerCase();
  const requestId = label('X-CorrelationID', 128);
  const idempotencyKey = label('Idempotency-Key', 255);
  const dfspId = label(dfspHeader, 128);
  const callbackUrl = headerText(req, 'x-callbackurl');
  const body = readTransferBody(await readObject(req, undefined), errors);
  const payee = { ...body.payee, fspId: body.payee.fspId || (dfspId ?? '') };
  if (dfspId !== undefined && payee.fspId !== dfspId) {
    errors.push({ name: dfspHeader, message: `differs from ${places.payee_dfsp_id}: write one of the two` });
  }
  const fields = checked(deps, tenant, { ...body, payee }, { askedMode, requestId }, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  if (callbackUrl !== undefined) await vetCallback(callbackUrl, tenant, deps.lookup);
  return { fields, body, askedMode, requestId, idempotencyKey, callbackUrl };
}

/** By the rules of a file's rows, in the words of the body. */
function checked(
  { rails }: ApiDeps,
  tenant: TenantDoc,
  body: TransferBody,
  { askedMode, requestId }: { readonly askedMode?: string; readonly requestId?: string },
  errors: NamedError[],
): RowFields {
  // A rail can be chosen only between parties that are of some type.
  const isReadable = errors.length === 0 && [body.payer, body.payee].every(({ type }) => identifierTypeOf(type));
  const chosen = isReadable ? railOf(rails, tenant, body, askedMode, errors) : undefined;
  const { payer, payee } = body;
  const cells: Readonly<Record<(typeof columns)[number], string>> = {
    id: body.clientRefId ?? '-',
    request_id: requestId ?? '',
    payment_mode: chosen?.paymentModes[0] ?? '-',
    payer_identifier_type: payer.type,
    payer_identifier: payer.id,
    payee_identifier_type: payee.type,
    payee_identifier: payee.id,
    amount: body.amount,
    currency: body.currency,
    note: body.note,
    payee_dfsp_id: payee.fspId,
  };
  const check = createRowChecker(columns, { modes: rails.modes, railOfMode: () => chosen ?? anyRail }, tenant._id);
  const row = check(
    columns.map((name) => cells[name]),
    1,
  );
  const said = new Set(errors.map(({ name }) => name));
  for (const { column, message } of row.errors) {
    const name = places[column as keyof typeof places] ?? column;
    if (!said.has(name)) errors.push({ name, message: message.replaceAll(column, name) });
  }
  return row.fields;
}

/** Stands in for a rail that could not be chosen, which has been told already. */
const anyRail = { id: '' };

function railOf(
  rails: ApiDeps['rails'],
  tenant: TenantDoc,
  body: TransferBody,
  asked: string | undefined,
  errors: NamedError[],
) {
  const party = ({ type, id, fspId }: PartyText) => ({
    type: identifierTypeOf(type)!,
    id,
    ...(fspId && { dfspId: fspId }),
  });
  const parties = { payer: party(body.payer), payee: party(body.payee) };
  const choice = chooseRail(rails, parties, {
    tenantId: tenant._id,
    currency: body.currency,
    asked,
    tenantMode: tenant.transferMode,
  });
  if (choice.kind === 'rail') return choice.rail;
  errors.push({ name: modeHeader, message: choice.message });
  return undefined;
}
