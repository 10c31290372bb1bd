/** GET /api/v1/wallets/{id}/statement and …/verification, POST …/{id}/fundings: what moved in a wallet, and money that enters or leaves the loop by hand. */
import type { Request, RequestHandler } from 'express';
import type { Actor } from '../../../domain/audit-chain.ts';
import { formatMoney } from '../../../domain/money.ts';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import { parseExact } from '../../../platform/exact-json.ts';
import type { Posted } from '../../../store/ledger/post.ts';
import { liftPayerBlock, payerBlockId } from '../../../store/payer-blocks.ts';
import type { WalletDoc } from '../../../store/wallet-documents.ts';
import type { Wallets } from '../../../store/wallets.ts';
import { actorOf } from '../../actor.ts';
import { checkedReason, commander } from '../../commander.ts';
import type { ApiDeps } from '../../deps.ts';
import { positiveMinor } from '../../money-field.ts';
import { closedLoopMode } from '../../part-targets.ts';
import { isLabel, readObject, readQuery, tenantOf } from '../../request.ts';
import { shownLine } from './shown.ts';
import { requestKey, walletOf } from './wallet-of.ts';

const seqMax = 999_999_999;

export function getStatement(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['cursor', 'limit']);
    const limit = query.whole('limit', 100, 1, 1_000);
    const before = query.text('cursor') === undefined ? undefined : query.whole('cursor', 1, 1, seqMax);
    query.done();
    const wallet = await walletOf(wallets, req, tenant);
    const lines = await wallets.statement(wallet, limit, before);
    const page = lines.slice(0, limit);
    res.json({
      wallet_id: wallet._id,
      currency: wallet.currency,
      lines: page.map((line) => shownLine(line, wallet)),
      next_cursor: lines.length > limit ? page.at(-1)!.seq : null,
    });
  };
}

/** Reads every line: for whoever doubts a balance, not for a page that is looked at all day. */
export function getVerification(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const wallet = await walletOf(wallets, req, tenant);
    const { currency } = wallet;
    const { minor, lines, isSound } = await wallets.recount(wallet);
    if (!isSound) deps.log.error('wallet contradicts its lines', { tenantId: tenant._id, walletId: wallet._id });
    res.json({
      wallet_id: wallet._id,
      sound: isSound,
      available: formatMoney({ minor: wallet.minor, currency }),
      recomputed: formatMoney({ minor, currency }),
      lines,
    });
  };
}

/** `direction` out: a correction of a funding, or money paid out by hand. */
export function postFunding(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const by = commander(req);
    const key = requestKey(req);
    const wallet = await walletOf(wallets, req, tenant);
    const asked = await readFunding(req, wallet);
    const cause = `funding/${wallet._id}/${key.text}`;
    const said = await wallets.fund({ tenantId: tenant._id, wallet, cause, by, actor: actorOf(req), ...asked });
    if (said.kind === 'keyReused') {
      throw new Problem('idempotency-key-reused', 'this key came before with another funding: use a new one');
    }
    if (said.kind === 'refused') throw refusalProblem(said, wallet._id);
    await liftBlock(deps, tenant._id, wallet._id, actorOf(req));
    const isNew = said.fresh.length > 0;
    if (isNew) deps.log.info('wallet funded', { tenantId: tenant._id, walletId: wallet._id, by, cause });
    else res.set('Idempotent-Replayed', 'true');
    const { minor, reason, ref } = asked;
    const { currency } = wallet;
    const amount = formatMoney({ minor, currency });
    res.status(201).json({ wallet_id: wallet._id, entry: cause, amount, currency, by, reason, reference: ref ?? null });
  };
}

/** What waits for this payer's money inside the loop is tried again. */
async function liftBlock(
  { mongo, c, outbox, now }: ApiDeps,
  tenantId: string,
  walletId: string,
  actor: Actor,
): Promise<void> {
  const id = payerBlockId({ tenantId, rail: closedLoopMode, payer: { type: 'walletId', id: walletId } });
  await liftPayerBlock(mongo, c, outbox, { tenantId, id: id.slice(tenantId.length + 1) }, now(), actor);
}

/** Why the ledger did not take it, in the words of a request about `walletId`. */
export function refusalProblem({ why, wallet }: Extract<Posted, { kind: 'refused' }>, walletId: string): Problem {
  const which = wallet === walletId ? 'the wallet' : 'the other wallet';
  if (why === 'funds') {
    return new Problem('insufficient-funds', `${which} has less than that available: fund it, or ask for less`);
  }
  return new Problem('wallet-not-ready', `${which} is ${why === 'currency' ? 'of another currency' : why}`);
}

async function readFunding(req: Request, { currency }: WalletDoc) {
  const names = ['amount', 'direction', 'reason', 'reference'];
  const { amount, direction = 'in', reason, reference } = await readObject(req, names, undefined, parseExact);
  const errors: NamedError[] = [];
  const minor = positiveMinor(amount, currency, 'amount', errors) ?? 0n;
  if (direction !== 'in' && direction !== 'out') errors.push({ name: 'direction', message: 'write in or out' });
  if (reference !== undefined && !(typeof reference === 'string' && isLabel(reference, 128))) {
    errors.push({ name: 'reference', message: 'write up to 128 printable characters' });
  }
  const why = checkedReason(reason, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  return { minor: direction === 'out' ? -minor : minor, reason: why, ref: reference as string | undefined };
}
