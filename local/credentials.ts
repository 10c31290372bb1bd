/** The headers by which programs of this repository say who they are: tokens of the local provider, or with AUTH=off the names themselves. */
import { roles as allRoles, type Role } from '../domain/permission.ts';
import { anyTenantClient, clientSecretOf, sampleMachines } from './openid/sample-people.ts';

export type Who = {
  readonly tenant?: string;
  /** A person of this name; a machine where absent. */
  readonly person?: string;
  /** All that a person or machine can have where absent. */
  readonly roles?: readonly Role[];
};

export type HeadersOf = (who: Who) => Promise<Record<string, string>>;

type Env = Readonly<Record<string, string | undefined>>;

/** A token is asked for anew before it ends. */
const aheadMs = 60_000;
const timeoutMs = 10_000;

export function createCredentials(env: Env): HeadersOf {
  if (env.AUTH === 'off') return async (who) => ({ ...tenantHeader(who), ...(who.person && { 'X-User': who.person }) });
  const known = new Map<string, Promise<{ token: string; until: number }>>();
  return async (who) => {
    const key = JSON.stringify([who.tenant, who.person, who.roles]);
    let asked = known.get(key);
    if (!asked || (await asked).until < Date.now()) {
      asked = askToken(env, who);
      known.set(key, asked);
      asked.catch(() => known.delete(key));
    }
    return { ...tenantHeader(who), Authorization: `Bearer ${(await asked).token}` };
  };
}

function tenantHeader({ tenant }: Who): Record<string, string> {
  return tenant === undefined ? {} : { 'Platform-TenantId': tenant };
}

/** A machine of a sample tenant asks in its own name; for everybody else there is the client of tests. */
function askToken(env: Env, { tenant, person, roles }: Who): Promise<{ token: string; until: number }> {
  const own = sampleMachines.find((machine) => machine === tenant && person === undefined && roles === undefined);
  if (own) return clientToken(env, own, {});
  const asked = roles ?? allRoles.filter((role) => person === undefined || role !== 'machine');
  return clientToken(env, anyTenantClient, {
    ...(tenant && { tenant }),
    subject: person ?? 'integrator',
    roles: asked.join(' '),
  });
}

/** An access token by the client's own credentials; throws with what the provider said. */
export async function clientToken(env: Env, client: string, parameters: Readonly<Record<string, string>>) {
  const secret = clientSecretOf(env.OPENID_SECRET ?? '', client);
  const response = await fetch(`${env.OIDC_ISSUER}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`the sign-in server gave ${client} no token: ${response.status} ${text.slice(0, 300)}`);
  const { access_token: token, expires_in: seconds } = JSON.parse(text) as { access_token: string; expires_in: number };
  return { token, until: Date.now() + seconds * 1_000 - aheadMs };
}
