/** A tenant with a funded float and beneficiary accounts, and its routes, as a client of a test makes and follows them. */
import { expect, vi } from 'vitest';
import { receiverWalletId } from '../domain/wallet.ts';
import { checkLedger } from '../store/ledger/check-ledger.ts';
import { type Hub, json, type TenantLike } from './hub.ts';

export type RoutePart = {
  readonly n: number;
  readonly account: string;
  readonly amount: string;
  readonly state: string;
  readonly round: number;
  readonly batch_id: string;
  readonly end_to_end_id: string;
  readonly reference: string | null;
  readonly error: { readonly code: number } | null;
  readonly reversal: string | null;
  readonly reversal_error: { readonly code: number; readonly rail_code: string | null } | null;
};
export type Route = {
  readonly route_id: string;
  readonly status: string;
  readonly parts: readonly RoutePart[];
  readonly rounds: readonly { readonly batch_id: string; readonly settled_at: string | null }[];
  readonly reversal: { readonly done_at: string | null } | null;
};
export type Wallet = { readonly wallet_id: string; readonly available: string; readonly held: string };

const person = { 'X-User': 'treasurer' };
const patience = { timeout: 150_000, interval: 100 };

export type RoutingWorld = Awaited<ReturnType<typeof aRoutingWorld>>;

/** Accounts are named by how their payees end: `acc-0001` is paid, `acc-0422` is refused, … (docs/simulators.md). */
export async function aRoutingWorld(hub: Hub, funds = '10000.00', currency = 'USD', like: TenantLike = {}) {
  const tenant = await hub.aTenant(like);
  const call = async <B>(method: string, path: string, body?: unknown, headers = {}) => {
    const init = body === undefined ? { method } : json(method, body, { ...person, ...headers });
    return tenant.call<B>(path, init);
  };
  const done = async <B>(method: string, path: string, body?: unknown, headers = {}): Promise<B> => {
    const { status, text, body: said } = await call<B>(method, path, body, headers);
    expect(status, text).toBeLessThan(300);
    return said;
  };
  const float = await done<Wallet>('POST', '/api/v1/wallets', { owner: 'ministry', currency, kind: 'float' });
  await done('POST', `/api/v1/wallets/${float.wallet_id}/fundings`, { amount: funds, reason: 'budget' });
  const from = { type: 'msisdn', id: '27710101999' };
  const bank = { type: 'accountNumber', id: '003001003874120160' };
  await done('PUT', `/api/v1/tenants/${tenant.id}/payout-accounts`, { gsma: from, mojaloop: from, slcb: bank });

  const world = {
    tenant,
    call,
    done,
    floatId: float.wallet_id,
    /** `mode` names the rail that it is paid out by. */
    async anAccount(id: string, mode = 'gsma', ends = id.slice(-4)): Promise<string> {
      const type = mode === 'slcb' ? 'accountNumber' : 'msisdn';
      const payee = { type, id: `2771${String(Math.floor(Math.random() * 1e5)).padStart(5, '0')}${ends}` };
      await done('PUT', `/api/v1/accounts/${id}`, { name: `Payee ${id}`, mode, payee });
      return id;
    },
    async route(body: object, headers = {}): Promise<string> {
      return (await done<{ route_id: string }>('POST', '/api/v1/routes', body, headers)).route_id;
    },
    read: (id: string) => done<Route>('GET', `/api/v1/routes/${id}`),
    /** Asks until it is as wanted; ended and settled unless told otherwise. */
    routeThatIs(id: string, isWanted = isSettled): Promise<Route> {
      return vi.waitUntil(async () => {
        const route = await world.read(id);
        return isWanted(route) && route;
      }, patience);
    },
    wallet: (id: string) => done<Wallet>('GET', `/api/v1/wallets/${id}`),
    walletOf: (account: string) => world.wallet(receiverWalletId(tenant.id, account, currency)),
    receiverId: (account: string) => receiverWalletId(tenant.id, account, currency),
    /** The ledger is sound, nothing waits in a hold, and the float and the receivers have these. */
    async expectBooks(available: string, receivers: Readonly<Record<string, string>> = {}): Promise<void> {
      expect(await checkLedger(hub.c, tenant.id)).toEqual([]);
      expect(await hub.c.wallets.countDocuments({ tenantId: tenant.id, kind: 'hold', minor: { $ne: 0n } })).toBe(0);
      expect(await world.wallet(float.wallet_id)).toMatchObject({ available, held: '0.00' });
      for (const [account, amount] of Object.entries(receivers)) {
        expect(await world.walletOf(account), account).toMatchObject({ available: amount, held: '0.00' });
      }
    },
  };
  return world;
}

export function isSettled({ status, rounds }: Route): boolean {
  return status !== 'processing' && rounds.at(-1)?.settled_at !== null;
}
