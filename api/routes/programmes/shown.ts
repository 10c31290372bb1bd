/** Programmes as answers show them. */
import { formatMoney } from '../../../domain/money.ts';
import type { ProgrammeLimit } from '../../../domain/programme.ts';
import type { BudgetRead } from '../../../store/budgets/read-budgets.ts';
import type { ProgrammeDoc } from '../../../store/programme-documents.ts';
import type { JournalDoc } from '../../../store/wallet-documents.ts';

export function shownProgramme(programme: ProgrammeDoc) {
  const { id, institutionId, name, payer, limits, effectiveFrom, effectiveUntil, state, closed } = programme;
  return {
    id,
    institution_id: institutionId,
    name,
    payer: { type: payer.type, id: payer.id },
    currencies: limits.map(shownLimit),
    effective_from: effectiveFrom,
    effective_until: effectiveUntil ?? null,
    state,
    closed: closed ? { by: closed.by, reason: closed.reason, at: closed.at.toISOString() } : null,
    version: programme.version,
    created_at: programme.createdAt.toISOString(),
    changed_at: programme.changedAt.toISOString(),
  };
}

function shownLimit({ currency, paymentMax, batchMax, budget }: ProgrammeLimit) {
  const text = (minor: bigint) => formatMoney({ minor, currency });
  return {
    currency,
    payment_max: paymentMax === undefined ? null : text(paymentMax),
    batch_max: batchMax === undefined ? null : text(batchMax),
    budget: budget ? { period: budget.period, amount: text(budget.minor) } : null,
  };
}

/** `issued` is what was allotted and adjusted; it is always the sum of the other three. */
export function shownBudget({ currency, period, isCurrent, issued, available, held, consumed }: BudgetRead) {
  const text = (minor: bigint) => formatMoney({ minor, currency });
  return {
    currency,
    period,
    current: isCurrent,
    issued: text(issued),
    available: text(available),
    held: text(held),
    consumed: text(consumed),
  };
}

/** The amount is what moved; below zero only where a budget was made smaller. */
export function shownEntry({ _id, tenantId, at, kind, currency, lines, budget = '', by, reason, ref }: JournalDoc) {
  const [from] = lines;
  const isByHand = kind === 'adjustment';
  return {
    entry: _id.slice(tenantId.length + 1),
    at: at.toISOString(),
    kind,
    currency,
    period: budget.slice(budget.lastIndexOf('/') + 1),
    amount: formatMoney({ minor: from ? -from.minor : 0n, currency }),
    batch_id: isByHand ? null : (ref ?? null),
    reference: isByHand ? (ref ?? null) : null,
    by: by ?? null,
    reason: reason ?? null,
  };
}
