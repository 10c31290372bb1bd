/** Routes and withdrawals as answers show them. */
import { formatMoney } from '../../../domain/money.ts';
import type { RouteDoc } from '../../../store/route-documents.ts';
import type { PartStanding, RouteStanding } from '../../../store/route-standing.ts';

export function shownRoute(route: RouteDoc, { status, parts, rounds }: RouteStanding) {
  const { _id, currency, minor, autoPayout, from, requestId, by, createdAt, reversal, commands, erasedAt } = route;
  return {
    route_id: _id,
    status,
    amount: formatMoney({ minor, currency }),
    currency,
    auto_payout: autoPayout,
    from,
    request_id: requestId ?? null,
    requested_by: by,
    created_at: createdAt.toISOString(),
    erased_at: erasedAt?.toISOString() ?? null,
    parts: parts.map((part) => shownPart(part, route)),
    rounds: rounds.map((round) => ({
      round: round.k,
      batch_id: round.batchId,
      parts: round.targets.map(({ n }) => n),
      by: round.by,
      reason: round.reason ?? null,
      begun_at: round.at.toISOString(),
      settled_at: round.settledAt?.toISOString() ?? null,
    })),
    reversal: reversal
      ? {
          by: reversal.by,
          reason: reversal.reason,
          asked_at: reversal.at.toISOString(),
          done_at: reversal.doneAt?.toISOString() ?? null,
        }
      : null,
    commands: commands.map(({ command, by: who, reason, at }) => ({
      command,
      by: who,
      reason,
      given_at: at.toISOString(),
    })),
  };
}

export function shownRouteLine({ _id, status, minor, currency, autoPayout, parts, requestId, createdAt }: RouteDoc) {
  return {
    route_id: _id,
    status,
    amount: formatMoney({ minor, currency }),
    currency,
    auto_payout: autoPayout,
    parts: parts.length,
    request_id: requestId ?? null,
    created_at: createdAt.toISOString(),
  };
}

/** A withdrawal is completed, failed (the money is back in the wallet) or still processing. */
export function shownWithdrawal(route: RouteDoc, standing?: RouteStanding) {
  const { _id, from, currency, minor, requestId, by, createdAt, parts } = route;
  const [part] = standing?.parts ?? [];
  return {
    withdrawal_id: _id,
    wallet_id: from,
    status: standing?.status ?? route.status,
    amount: formatMoney({ minor, currency }),
    currency,
    account: parts[0]!.account,
    request_id: requestId ?? null,
    requested_by: by,
    created_at: createdAt.toISOString(),
    ...(part && {
      mode: part.target.mode,
      batch_id: part.round.batchId,
      end_to_end_id: part.endToEndId,
      reference: part.outcome?.reference ?? null,
      error: errorOf(part),
    }),
  };
}

function shownPart(standing: PartStanding, { currency, notes }: RouteDoc) {
  const { part, round, target, endToEndId, state, outcome, reversal } = standing;
  return {
    n: part.n,
    role: part.role,
    account: part.account,
    amount: formatMoney({ minor: part.minor, currency }),
    currency,
    share: part.share ?? null,
    notes: notes?.[part.n] ?? {},
    state,
    mode: target.mode,
    round: round.k,
    batch_id: round.batchId,
    end_to_end_id: endToEndId,
    reference: outcome?.reference ?? null,
    error: errorOf(standing),
    reversal: reversal?.result ?? null,
    reversal_error: reversalErrorOf(standing),
  };
}

/** Why its rail did not bring it back. */
function reversalErrorOf({ reversal }: PartStanding) {
  const { result, outcome } = reversal ?? {};
  if (!outcome || (result !== 'reversal_refused' && result !== 'paid_out')) return null;
  const text = [outcome.text, outcome.railText].filter(Boolean).join(': ');
  return { code: Number(outcome.code ?? 422), description: text, rail_code: outcome.railCode ?? null };
}

/** The code of a result file's line; its words end with the rail's own. */
function errorOf({ state, outcome }: PartStanding) {
  if (state !== 'failed') return null;
  const text = [outcome?.text, outcome?.railText].filter(Boolean).join(': ');
  return {
    code: Number(outcome?.code ?? 422),
    description: text || 'the batch of the parts was refused as a whole: see it',
    rail_code: outcome?.railCode ?? null,
  };
}
