/** What the wallet routes share: the wallet named in the path, and the key by which a repeated request is known. */
import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { isUuid } from '../../../domain/ids.ts';
import { invalidRequest, Problem } from '../../../domain/problem.ts';
import type { TenantDoc } from '../../../store/documents.ts';
import type { WalletDoc } from '../../../store/wallet-documents.ts';
import type { Wallets } from '../../../store/wallets.ts';
import { headerText, isLabel } from '../../request.ts';

/** The tenant's own wallet named in the path; another tenant's is as absent as none. */
export async function walletOf(wallets: Wallets, req: Request, tenant: TenantDoc): Promise<WalletDoc> {
  const id = String(req.params.id).toLowerCase();
  const wallet = isUuid(id) ? await wallets.get(tenant._id, id) : undefined;
  if (!wallet)
    throw new Problem('wallet-not-found', 'the tenant has no wallet of this id: check it and Platform-TenantId');
  return wallet;
}

/** `Idempotency-Key`, else `X-CorrelationID`, else something that never comes again. */
export function requestKey(req: Request): { readonly text: string; readonly isGiven: boolean } {
  for (const [header, max] of [
    ['Idempotency-Key', 255],
    ['X-CorrelationID', 128],
  ] as const) {
    const text = headerText(req, header.toLowerCase());
    if (text === undefined) continue;
    if (!isLabel(text, max))
      throw invalidRequest([{ name: header, message: `write up to ${max} printable characters` }]);
    return { text, isGiven: true };
  }
  return { text: randomUUID(), isGiven: false };
}
