/** The demo's wallets in the closed loop: opened once, funded for each run, and their statements read as if they were a rail's ledger. */
import { randomUUID } from 'node:crypto';
import { uuidOf } from '../../domain/ids.ts';
import type { Environment } from '../environment.ts';
import { signIn } from '../openid/sign-in.ts';

export type DemoWallet = { readonly key: string; readonly owner: string; readonly kind: 'float' | 'receiver' };

/** As its statement shows it, newest first. */
export type StatementLine = {
  readonly kind: string;
  /** Below zero where it left. */
  readonly amount: string;
  /** The payment that it belongs to. */
  readonly ref: string | null;
};

export type DemoWallets = Awaited<ReturnType<typeof createDemoWallets>>;

const timeoutMs = 15_000;

/** The id of a tenant's wallet follows from the key that it was asked for with, so that a sample file can name it. */
export function walletIdOf(tenantId: string, key: string): string {
  return uuidOf(`${tenantId}/wallet/request/${key}`);
}

/** In the name of a sample person, since money that comes from outside needs one; throws Error with what the hub said. */
export async function createDemoWallets(env: Environment, url: string, tenantId: string, username: string) {
  const headers = await headersOf(env, tenantId, username);

  async function call<T>(method: 'GET' | 'POST', path: string, body?: object, key?: string): Promise<T> {
    const response = await fetch(`${url}/api/v1/wallets${path}`, {
      method,
      headers: { ...headers, 'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': key }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${method} /api/v1/wallets${path} answered ${response.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }

  return {
    /** Answers its id. */
    async open({ key, ...wallet }: DemoWallet, currency: string): Promise<string> {
      const { wallet_id: id } = await call<{ wallet_id: string }>('POST', '', { ...wallet, currency }, key);
      return id;
    },

    /** Decimal text. */
    async available(id: string): Promise<string> {
      return (await call<{ available: string }>('GET', `/${id}`)).available;
    },

    async fund(id: string, amount: string): Promise<void> {
      await call('POST', `/${id}/fundings`, { amount, reason: 'the demo’s vouchers' }, randomUUID());
    },

    async statement(id: string): Promise<readonly StatementLine[]> {
      return (await call<{ lines: StatementLine[] }>('GET', `/${id}/statement?limit=1000`)).lines;
    },
  };
}

async function headersOf(env: Environment, tenantId: string, username: string): Promise<Record<string, string>> {
  if (env.AUTH === 'off') return { 'Platform-TenantId': tenantId, 'X-User': username };
  const place = { issuer: env.OIDC_ISSUER!, audience: env.OIDC_AUDIENCE!, password: env.SAMPLE_PASSWORD! };
  return { Authorization: `Bearer ${await signIn(place, username)}` };
}
