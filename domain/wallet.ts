/** Wallets of the closed loop: what kinds there are, what state they can be in, and ids that derive from what they are for. */
import { type TenantId, uuidOf } from './ids.ts';

/** `asset`: money outside of the loop, seen from within. `float`: a tenant's own. `receiver`: somebody who is paid. `hold`: money that waits. `budget`: none, but what a programme may still pay. */
export type WalletKind = 'asset' | 'float' | 'receiver' | 'hold' | 'budget';
/** Not for whoever looks at wallets. */
export const innerKinds = ['hold', 'budget'] as const satisfies readonly WalletKind[];
/** `frozen`: nothing goes in or out, except what comes back. `closed`: empty, for ever. */
export type WalletStatus = 'open' | 'frozen' | 'closed';

/** Kinds that a person may open; holds open and end by themselves. */
export const openableKinds = ['float', 'receiver', 'asset'] as const satisfies readonly WalletKind[];

/** Where money comes from and goes to when it enters and leaves the loop: one per tenant and currency, below zero by what is inside. */
export function outsideWalletId(tenantId: TenantId, currency: string): string {
  return uuidOf(`${tenantId}/wallet/outside/${currency}`);
}

/** The wallet of a beneficiary account of the tenant. */
export function receiverWalletId(tenantId: TenantId, account: string, currency: string): string {
  return uuidOf(`${tenantId}/wallet/account/${currency}/${account}`);
}

/** The hold that is made for this cause. */
export function holdIdOf(tenantId: TenantId, cause: string): string {
  return uuidOf(`${tenantId}/wallet/hold/${cause}`);
}
