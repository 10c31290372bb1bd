/** GET /channel/transfer/{transactionId}: what came of a single payment, with Payment Hub EE's fields and ours beside them. */
import type { RequestHandler } from 'express';
import { endToEndIdOf, isUuid, soleRow } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { detailWordOf } from '../../domain/outcome.ts';
import { Problem } from '../../domain/problem.ts';
import type { PayerBlockDoc } from '../../store/documents.ts';
import { payerBlockId } from '../../store/payer-blocks.ts';
import { type TransferStanding, transferStanding } from '../../store/transfers.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf } from '../request.ts';
import { shownCallback } from './get-batch.ts';
import { shownBlock } from './payer-blocks.ts';

/** No transfer of Payment Hub EE's is ever ABORTED: there a payment that failed stays RECEIVED. */
const transferStates = { COMPLETED: 'COMMITTED', FAILED: 'ABORTED', IN_PROGRESS: 'RECEIVED' } as const;

export function getTransfer(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const id = String(req.params.id).toLowerCase();
    const standing = isUuid(id) ? await transferStanding(deps.c, id) : undefined;
    if (standing?.transfer.tenantId !== tenant._id) {
      throw new Problem('transfer-not-found', 'the tenant has no payment of this id: check it and Platform-TenantId');
    }
    const [block, outbox] = await Promise.all([blockOf(deps, standing), deps.outbox.ofBatch(id)]);
    res.json({ ...shown(standing, block), callbacks: outbox.flatMap(shownCallback) });
  };
}

/** Why nothing moves, where its payer is blocked at the rail. */
async function blockOf({ c }: ApiDeps, { payment, outcome }: TransferStanding): Promise<PayerBlockDoc | undefined> {
  if (outcome) return undefined;
  const { tenantId, rail, payer } = payment;
  return (await c.payerBlocks.findOne({ _id: payerBlockId({ tenantId, rail, payer }) })) ?? undefined;
}

function shown({ transfer, payment, outcome, conflicts }: TransferStanding, block: PayerBlockDoc | undefined) {
  const status = detailWordOf(outcome?.status);
  return {
    clientRefId: transfer.clientRefId ?? null,
    transactionId: transfer._id,
    completedTimestamp: outcome?.at.toISOString() ?? null,
    transferId: endToEndIdOf(transfer._id, soleRow),
    transferState: transferStates[status],
    status,
    requestId: transfer.requestId ?? null,
    paymentMode: payment.mode,
    amount: formatMoney({ minor: BigInt(payment.minor ?? 0n), currency: payment.currency }),
    currency: payment.currency,
    reference: outcome?.reference ?? null,
    error: status === 'FAILED' && outcome ? errorOf(outcome) : null,
    customData: transfer.customData ?? [],
    receivedTimestamp: transfer.createdAt.toISOString(),
    payerBlock: block ? shownBlock(block) : null,
    conflicts: conflicts.map(({ had, got, text, at }) => ({ had, got, text, at: at.toISOString() })),
  };
}

/** The code of a result file's line; its words end with the rail's own. */
function errorOf({ code, text, railCode, railText }: NonNullable<TransferStanding['outcome']>) {
  return {
    errorCode: Number(code ?? 422),
    errorDescription: [text, railText].filter(Boolean).join(': '),
    railCode: railCode ?? null,
  };
}
