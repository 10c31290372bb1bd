/** The calls of Payment Hub EE's identity account mapper: received at once, done, and told to X-CallbackURL by PUT. */
import type { Request, RequestHandler, Response } from 'express';
import {
  type Account,
  type Beneficiary,
  identityMaxChars,
  isPrintable,
  modalityOf,
  readAccount,
  typeOfModality,
} from '../../domain/beneficiary.ts';
import { invalidRequest, type NamedError, Problem } from '../../domain/problem.ts';
import { durationMs } from '../../domain/switches.ts';
import type { MapperCommand, Registrar } from '../../store/beneficiary-documents.ts';
import type { TenantDoc } from '../../store/documents.ts';
import { actorOf } from '../actor.ts';
import type { ApiDeps } from '../deps.ts';
import { modeOf } from '../mapper/modes.ts';
import { type EntryFields, type EntryRules, type ReadEntries, readEntries } from '../mapper/read-entries.ts';
import { registrarOf } from '../mapper/registrar.ts';
import { headerText, readQuery, tenantOf } from '../request.ts';
import { vetCallback } from '../submission.ts';

const registeredMax = 100_000;
/** What is told of so many fits into one callback. */
const lookedUpMax = 10_000;
/** As long as any webhook is tried. */
const callbackLife = '24h';

/** POST and PUT /beneficiary and /paymentModality. */
export function writeMapper(deps: ApiDeps, command: MapperCommand): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const url = await callbackUrl(deps, req, tenant, false);
    await deps.admission.place(tenant._id, async () => {
      const read = await readEntries(req, writeRules(deps, tenant, command));
      const { requestId, registrar } = namedIn(read, registrarOf(req, tenant));
      const answer = await deps.mapper.run({
        ...read,
        registrar,
        command,
        requestId,
        by: actorOf(req),
        callback: url === undefined ? undefined : callback(deps, url, `beneficiaries.${command}`, requestId),
      });
      if (answer.kind === 'reused') {
        throw new Problem(
          'idempotency-key-reused',
          'this requestID came before with other beneficiaries: use a new one',
        );
      }
      const { asked, failed } = answer.result;
      deps.log.info('beneficiaries written', { tenantId: tenant._id, command, asked, failed, kind: answer.kind });
      received(res, requestId);
    });
  };
}

/** POST /accountLookup: those who are known and have an account. */
export function postAccountLookup(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const url = (await callbackUrl(deps, req, tenant, true))!;
    await deps.admission.place(tenant._id, async () => {
      const read = await readEntries(req, lookUpRules);
      const { requestId, registrar } = namedIn(read, registrarOf(req, tenant));
      const found: Required<Beneficiary>[] = [];
      for (const part of read.parts) {
        const known = await deps.beneficiaries.known(
          registrar,
          part.map(({ identity }) => identity),
        );
        for (const { identity } of part) {
          const account = known.get(identity)?.account;
          if (account) found.push({ identity, account });
        }
      }
      const counts = { asked: read.asked, found: found.length };
      await deps.mapper.tell(registrar, actorOf(req), counts, heard(deps, url, 'accounts.looked-up'), {
        requestId,
        registeringInstitutionId: registrar.institution,
        beneficiaryDTOList: found.map(({ identity, account }) => ({ payeeIdentity: identity, ...shown(account) })),
      });
      received(res, requestId);
    });
  };
}

/** GET /beneficiary?payeeIdentity&paymentModality&requestId: one, told in the same way. */
export function getMappedBeneficiary(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['payeeIdentity', 'paymentModality', 'requestId']);
    const [identity = '', modality, requestId = ''] = ['payeeIdentity', 'paymentModality', 'requestId'].map(query.text);
    if (!isPrintable(identity, identityMaxChars)) query.problem('payeeIdentity', labelCure);
    if (!isPrintable(requestId, identityMaxChars)) query.problem('requestId', labelCure);
    const type = modality === undefined ? undefined : typeOfModality(modality);
    if (modality !== undefined && !type) query.problem('paymentModality', modalityCure);
    query.done();
    const url = (await callbackUrl(deps, req, tenant, true))!;
    const registrar = registrarOf(req, tenant);
    const account = (await deps.beneficiaries.known(registrar, [identity])).get(identity)?.account;
    const accounts = account && (type === undefined || type === account.type) ? [account] : [];
    const counts = { asked: 1, found: accounts.length };
    await deps.mapper.tell(registrar, actorOf(req), counts, heard(deps, url, 'account.looked-up'), {
      requestId,
      payeeIdentity: identity,
      paymentModalityList: accounts.map(shown),
      isValidated: accounts.length > 0,
    });
    received(res, requestId);
  };
}

const labelCure = `write 1 to ${identityMaxChars} printable characters`;
const modalityCure = 'write 00 for an account, 01 for a phone number, 02 for an alias or 03 for a wallet';

const lookUpRules: EntryRules = {
  beside: ['requestID', 'sourceBBID'],
  entriesMax: lookedUpMax,
  identity: 'payeeIdentity',
  account: () => undefined,
};

function writeRules({ rails }: ApiDeps, tenant: TenantDoc, command: MapperCommand): EntryRules {
  const railsOfModes = { railOfMode: rails.byMode, modes: rails.modes };
  return {
    beside: ['requestID', 'sourceBBID'],
    entriesMax: registeredMax,
    identity: 'payeeIdentity',
    modality: ({ text }) => text('paymentModality'),
    account: (fields) => accountIn(fields),
  };

  function accountIn({ text }: EntryFields): Account | string | undefined {
    const [modality, id, dfsp] = [text('paymentModality'), text('financialAddress'), text('bankingInstitutionCode')];
    // Known, and not to be paid before a modality is added.
    if (command === 'register' && modality === '' && id === '') return undefined;
    const type = typeOfModality(modality);
    if (!type) return `paymentModality: ${modalityCure}`;
    const mode = modeOf(tenant, dfsp, type);
    if (mode === undefined) return `bankingInstitutionCode: ${modeCure}`;
    const read = readAccount({ mode, type, id, dfsp }, railsOfModes, tenant._id);
    if ('account' in read) return read.account;
    // A mode that was set and is not open any more is for whoever set it.
    if (read.part === 'mode') return `bankingInstitutionCode: ${modeCure}`;
    return `${read.part === 'dfsp' ? 'bankingInstitutionCode' : 'financialAddress'}: ${read.message}`;
  }
}

const modeCure = 'no payment mode is set for it, nor for this modality: PUT /api/v1/tenants/{id}/mapper';

/** The request id and the institution, which the header and sourceBBID may both say. */
function namedIn({ texts }: ReadEntries, registrar: Registrar): { requestId: string; registrar: Registrar } {
  const errors: NamedError[] = [];
  const requestId = texts.get('requestID') ?? '';
  const source = texts.get('sourceBBID') ?? '';
  if (!isPrintable(requestId, identityMaxChars)) errors.push({ name: 'requestID', message: labelCure });
  if (source !== '' && !isPrintable(source, identityMaxChars)) errors.push({ name: 'sourceBBID', message: labelCure });
  if (source !== '' && registrar.institution !== '' && source !== registrar.institution) {
    errors.push({ name: 'sourceBBID', message: 'is another institution than X-Registering-Institution-ID' });
  }
  if (errors.length > 0) throw invalidRequest(errors);
  return { requestId, registrar: { ...registrar, institution: registrar.institution || source } };
}

async function callbackUrl(
  deps: ApiDeps,
  req: Request,
  tenant: TenantDoc,
  isNeeded: boolean,
): Promise<string | undefined> {
  const url = headerText(req, 'x-callbackurl');
  if (url !== undefined) await vetCallback(url, tenant, deps.lookup);
  else if (isNeeded) throw invalidRequest([{ name: 'X-CallbackURL', message: 'say where the answer goes' }]);
  return url;
}

function heard({ now }: ApiDeps, url: string, event: string) {
  return { url, event, until: new Date(now().getTime() + durationMs(callbackLife)) };
}

function callback(deps: ApiDeps, url: string, event: string, requestId: string) {
  return {
    ...heard(deps, url, event),
    bodyOf: ({ _id, failed, failures }: { _id: string; failed: number; failures: readonly Failure[] }) => ({
      requestID: _id.split('/').at(-1),
      registerRequestID: requestId,
      numberFailedCases: failed,
      failedCases: failures.map(({ identity, modality = '', reason }) => ({
        payeeIdentity: identity,
        paymentModality: modality,
        failureReason: reason,
      })),
    }),
  };
}

type Failure = { readonly identity: string; readonly modality?: string; readonly reason: string };

function shown({ type, id, dfsp = '' }: Account) {
  return { paymentModality: modalityOf(type), financialAddress: id, bankingInstitutionCode: dfsp };
}

function received(res: Response, requestID: string): void {
  res
    .status(202)
    .json({ responseCode: '00', responseDescription: 'Request successfully received by Pay-BB', requestID });
}
