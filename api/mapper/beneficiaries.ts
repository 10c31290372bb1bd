/** /api/v1/beneficiaries: people and their accounts, registered, changed, looked up and removed by the institution that names them. */
import type { RequestHandler } from 'express';
import { type AccountText, modalityOf, readAccount } from '../../domain/beneficiary.ts';
import { Problem } from '../../domain/problem.ts';
import type { BeneficiaryDoc } from '../../store/beneficiary-documents.ts';
import { actorOf } from '../actor.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf } from '../request.ts';
import { requestKey } from '../routes/wallets/wallet-of.ts';
import { getPerson } from './get-person.ts';
import { noteSight } from './note-sight.ts';
import { type EntryRules, readEntries } from './read-entries.ts';
import { nobody, registrarOf } from './registrar.ts';

/** Of one request; some twenty megabytes. */
const entriesMax = 100_000;
const names = { mode: 'payment_mode', type: 'identifier_type', id: 'identifier', dfsp: 'institution' } as const;

/** POST registers who is not there yet, PUT changes who is. What cannot be done is told for each; the others are done. */
export function writeBeneficiaries(deps: ApiDeps, command: 'register' | 'update'): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const registrar = registrarOf(req, tenant);
    const key = requestKey(req).text;
    const rules = rulesOf(deps, tenant._id, command);
    const answer = await deps.admission.place(tenant._id, async () => {
      const read = await readEntries(req, rules);
      return deps.mapper.run({ ...read, registrar, command, requestId: `api/${key}`, by: actorOf(req) });
    });
    if (answer.kind === 'reused') {
      throw new Problem('idempotency-key-reused', 'this key came before with other beneficiaries: use a new one');
    }
    const { asked, failed, failures } = answer.result;
    deps.log.info('beneficiaries written', { tenantId: tenant._id, command, asked, failed, kind: answer.kind });
    if (answer.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
    res.json({
      done: Number(asked) - Number(failed),
      failed: Number(failed),
      failures: failures.map(({ n, identity, reason }) => ({ n, payee_identity: identity, reason })),
    });
  };
}

export function listBeneficiaries(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const registrar = registrarOf(req, await tenantOf(deps, req));
    const query = readQuery(req, ['cursor', 'limit']);
    const limit = query.whole('limit', 100, 1, 1_000);
    const cursor = query.text('cursor') ?? '';
    if (!/^[\w-]{0,40}$/.test(cursor)) query.problem('cursor', 'hand back next_cursor of the page before as it came');
    query.done();
    const before = `${registrar.tenantId}/`;
    const found = await deps.beneficiaries.list(registrar, `${before}${cursor}`, limit + 1);
    const page = found.slice(0, limit);
    await noteSight(deps, req, registrar, page);
    const next = found.length > limit ? page.at(-1)!._id.slice(before.length) : null;
    res.json({ beneficiaries: page.map(shown), next_cursor: next });
  };
}

export function getBeneficiary(deps: ApiDeps): RequestHandler {
  return getPerson(deps, shown);
}

export function deleteBeneficiary(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const registrar = registrarOf(req, await tenantOf(deps, req));
    readQuery(req, []).done();
    if (!(await deps.mapper.remove(registrar, String(req.params.identity), actorOf(req)))) throw nobody();
    deps.log.info('beneficiary removed', { tenantId: registrar.tenantId });
    res.status(204).end();
  };
}

function rulesOf({ rails }: ApiDeps, tenantId: string, command: 'register' | 'update'): EntryRules {
  const railsOfModes = { railOfMode: rails.byMode, modes: rails.modes };
  return {
    beside: [],
    entriesMax,
    identity: 'payee_identity',
    account({ text }) {
      const given: AccountText = {
        mode: text(names.mode),
        type: text(names.type),
        id: text(names.id),
        dfsp: text(names.dfsp),
      };
      // Known, and not to be paid before an account is added.
      if (command === 'register' && Object.values(given).every((part) => part === '')) return undefined;
      const read = readAccount(given, railsOfModes, tenantId);
      return 'account' in read ? read.account : `${names[read.part]}: ${read.message}`;
    },
  };
}

function shown({ identity, account, order, registeredAt }: BeneficiaryDoc) {
  return {
    payee_identity: identity,
    account: account
      ? {
          payment_mode: account.mode,
          identifier_type: account.type,
          identifier: account.id,
          institution: account.dfsp ?? null,
          payment_modality: modalityOf(account.type),
        }
      : null,
    registered_at: registeredAt.toISOString(),
    // As in the audit entry of the request that wrote it.
    written_by_request: Number(order),
  };
}
