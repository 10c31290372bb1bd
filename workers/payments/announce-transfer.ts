/** Tells the callback address of a single payment what came of it, once; the outbox sends it, signed, until it is heard. */
import { type TransactionId, uuidOf } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { durationMs } from '../../domain/switches.ts';
import { type TransferStanding, transferStanding } from '../../store/transfers.ts';
import { webhookLife } from '../bulk-transfer/send-acknowledgement.ts';
import type { WorkerDeps } from '../deps.ts';

const event = 'transfer.settled';

export async function announceTransfer(
  { c, outbox, publicUrl, now, log }: Pick<WorkerDeps, 'c' | 'outbox' | 'publicUrl' | 'now' | 'log'>,
  transactionId: TransactionId,
): Promise<void> {
  const standing = await transferStanding(c, transactionId);
  if (!standing) throw new Error(`single payment ${transactionId} is not in the books`);
  const { transfer, outcome } = standing;
  if (!outcome) throw new Error(`single payment ${transactionId} is to be settled and has no outcome`);
  log.info('transfer settled', { transactionId, status: outcome.status });
  if (transfer.callbackUrl === undefined) return;
  // Derived, so that a second instance of the payment's process tells nothing new.
  const eventId = uuidOf(`${transactionId}/${event}`);
  const { tenantId, callbackUrl: url } = transfer;
  const body = JSON.stringify(eventOf(standing, outcome, { eventId, publicUrl, at: now() }));
  const until = new Date(now().getTime() + durationMs(webhookLife));
  const entry = { kind: 'webhook', url, event, eventId, body, until } as const;
  await outbox.add([{ id: `webhook/${transactionId}/${eventId}`, tenantId, batchId: transactionId, entry }]);
}

/** Ids, status and amount; no persons. */
function eventOf(
  { transfer, payment }: TransferStanding,
  { status, code, text, railText, reference }: NonNullable<TransferStanding['outcome']>,
  { eventId, publicUrl, at }: { readonly eventId: string; readonly publicUrl: string; readonly at: Date },
) {
  const money = { minor: BigInt(payment.minor ?? 0n), currency: payment.currency };
  const why = { code: Number(code ?? 422), description: [text, railText].filter(Boolean).join(': ') };
  return {
    event_id: eventId,
    event,
    occurred_at: at.toISOString(),
    transaction_id: transfer._id,
    request_id: transfer.requestId ?? null,
    client_ref_id: transfer.clientRefId ?? null,
    tenant_id: transfer.tenantId,
    status,
    payment_mode: payment.mode,
    amount: formatMoney(money),
    currency: money.currency,
    reference: reference ?? null,
    error: status === 'completed' ? null : why,
    status_url: `${publicUrl}/channel/transfer/${transfer._id}`,
  };
}
