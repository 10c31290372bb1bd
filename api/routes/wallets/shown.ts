/** Wallets and their statement lines as answers show them. */
import { formatMoney } from '../../../domain/money.ts';
import type { WalletDoc } from '../../../store/wallet-documents.ts';
import type { StatementLine } from '../../../store/wallets.ts';

export function shownWallet(wallet: WalletDoc, held = 0n) {
  const { _id, owner, kind, currency, status, allowNegative, minor, createdAt, statusSet } = wallet;
  return {
    wallet_id: _id,
    owner,
    kind,
    currency,
    status,
    allow_negative: allowNegative,
    available: formatMoney({ minor, currency }),
    held: formatMoney({ minor: held, currency }),
    balance: formatMoney({ minor: minor + held, currency }),
    created_at: createdAt.toISOString(),
    status_set: statusSet ? { by: statusSet.by, reason: statusSet.reason, at: statusSet.at.toISOString() } : null,
  };
}

export function shownLine({ seq, minor, balance, at, entryDoc }: StatementLine, wallet: WalletDoc) {
  const { currency, kind, by, reason, ref, lines, _id, tenantId } = entryDoc;
  const others = lines.filter((line) => line.wallet !== wallet._id).map((line) => line.wallet);
  return {
    seq,
    at: at.toISOString(),
    entry: _id.slice(tenantId.length + 1),
    kind,
    amount: formatMoney({ minor, currency }),
    available: formatMoney({ minor: balance, currency }),
    counterparty: others.length === 1 ? others[0]! : null,
    ref: ref ?? null,
    by: by ?? null,
    reason: reason ?? null,
  };
}
