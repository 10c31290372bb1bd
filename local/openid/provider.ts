/** The sign-in server of the local stack: a real OpenID provider with sample people and machines. The only file that imports oidc-provider. */
import { createHash, createPrivateKey, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import Provider, { type Configuration, type JWK, type KoaContextWithOIDC } from 'oidc-provider';
import { isRole, type Role } from '../../domain/permission.ts';
import { loggedOutPage, loginPage, logoutPage } from './pages.ts';
import {
  anyTenantClient,
  clientSecretOf,
  consoleClient,
  sampleMachines,
  samplePeople,
  subjectOf,
  terminalClient,
  terminalRedirect,
} from './sample-people.ts';

export type ProviderOptions = {
  readonly issuer: string;
  /** The hub's name in tokens; it is the only thing that they are for. */
  readonly audience: string;
  readonly hubUrl: string;
  /** PEM, of the key that signs. */
  readonly key: string;
  readonly secret: string;
  readonly password: string;
  /** Whether there is the client of tests, that may ask for anybody's token. */
  readonly isForTests: boolean;
  readonly onError: (error: unknown) => void;
};

type Who = {
  readonly subject: string;
  readonly name: string;
  readonly tenant?: string;
  readonly roles: readonly Role[];
};

const minute = 60;
const formMaxBytes = 4_096;

export function createOpenIdProvider(options: ProviderOptions): Server {
  const provider = new Provider(options.issuer, configurationOf(options));
  provider.on('server_error', (_ctx, error) => options.onError(error));
  const serve = provider.callback();
  return createServer((req, res) => {
    const path = (req.url ?? '').split('?')[0] ?? '';
    if (path === '/health/ready') res.end('{"status":"UP"}');
    else if (/^\/login\/[\w-]+$/.test(path)) {
      login(provider, options, req, res).catch((error: unknown) => {
        options.onError(error);
        if (!res.headersSent) res.writeHead(400, { 'Content-Type': 'text/plain' });
        res.end('This sign-in has ended or was begun elsewhere: go back and begin again.\n');
      });
    } else serve(req, res);
  });
}

function configurationOf({ issuer, audience, hubUrl, key, secret, isForTests }: ProviderOptions): Configuration {
  const isSecure = issuer.startsWith('https:');
  return {
    clients: clientsOf(hubUrl, secret, isForTests),
    jwks: {
      keys: [
        { ...(createPrivateKey(key).export({ format: 'jwk' }) as JWK), use: 'sig', alg: 'RS256', kid: kidOf(key) },
      ],
    },
    cookies: {
      keys: [clientSecretOf(secret, 'cookies')],
      long: { signed: true, httpOnly: true, secure: isSecure, sameSite: 'lax' },
      short: { signed: true, httpOnly: true, secure: isSecure, sameSite: 'lax' },
    },
    scopes: ['openid', 'profile', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    pkce: { required: () => true },
    interactions: { url: (_ctx, { uid }) => `/login/${uid}` },
    ttl: {
      AccessToken: 10 * minute,
      ClientCredentials: 60 * minute,
      AuthorizationCode: minute,
      IdToken: 10 * minute,
      Interaction: 15 * minute,
      RefreshToken: 24 * 60 * minute,
      Session: 24 * 60 * minute,
      Grant: 24 * 60 * minute,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = logoutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = loggedOutPage();
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource, client) => {
          if (resource !== audience) throw new Error(`there is no resource ${resource}`);
          const accessTokenTTL = (client.grantTypeAllowed('client_credentials') ? 60 : 10) * minute;
          return { scope: '', audience, accessTokenTTL, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
        },
      },
    },
    findAccount: (_ctx, id) => {
      const person = samplePeople.find((each) => subjectOf(each) === id);
      if (!person) return undefined;
      const { name, username } = person;
      return { accountId: id, claims: () => ({ sub: id, name, preferred_username: username }) };
    },
    /** Nobody is asked whether our own console may know who they are. */
    async loadExistingGrant(ctx) {
      const { client, session } = ctx.oidc;
      if (!client || !session?.accountId) return undefined;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile offline_access');
      grant.addResourceScope(audience, '');
      await grant.save();
      return grant;
    },
    extraTokenClaims: (ctx, token) => {
      const { name, tenant, roles } = whoOf(ctx, token);
      return { name, roles: [...roles], ...(tenant && { tenant }) };
    },
    formats: {
      customizers: {
        jwt: (ctx, token, parts) => {
          parts.payload.sub = whoOf(ctx, token).subject;
        },
      },
    },
  };
}

function clientsOf(hubUrl: string, secret: string, isForTests: boolean): Configuration['clients'] {
  const machines = [...sampleMachines, ...(isForTests ? [anyTenantClient] : [])].map((client_id) => ({
    client_id,
    client_secret: clientSecretOf(secret, client_id),
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  }));
  return [
    ...machines,
    {
      client_id: consoleClient,
      client_secret: clientSecretOf(secret, consoleClient),
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [`${hubUrl}/console/callback`],
      post_logout_redirect_uris: [`${hubUrl}/console/`],
    },
    {
      client_id: terminalClient,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      redirect_uris: [terminalRedirect],
    },
  ];
}

type AnyToken = Parameters<NonNullable<Configuration['extraTokenClaims']>>[1];

/** Whom a token is of. */
function whoOf(ctx: KoaContextWithOIDC, token: AnyToken): Who {
  const account = 'accountId' in token ? token.accountId : undefined;
  const person = samplePeople.find((each) => subjectOf(each) === account);
  if (person) return { ...person, subject: subjectOf(person) };
  const client = String(token.clientId);
  if (client === anyTenantClient) return askedOf(ctx);
  return { subject: client, name: client, tenant: client, roles: ['machine'] };
}

/** The client of tests says itself whom it is to be. */
function askedOf(ctx: KoaContextWithOIDC): Who {
  const { subject, name, tenant, roles } = (ctx.oidc.body ?? {}) as Readonly<Record<string, string | undefined>>;
  const own = (roles ?? '').split(' ').filter(isRole);
  return {
    subject: subject ?? anyTenantClient,
    name: name ?? subject ?? anyTenantClient,
    roles: own,
    ...(tenant && { tenant }),
  };
}

/** GET shows the page, POST takes what was written in it. */
async function login(provider: Provider, { password }: ProviderOptions, req: IncomingMessage, res: ServerResponse) {
  const { uid } = await provider.interactionDetails(req, res);
  const form = new URLSearchParams(req.method === 'POST' ? await textOf(req) : '');
  const username = (form.get('username') ?? '').trim().toLowerCase();
  const person = samplePeople.find((each) => each.username === username);
  if (req.method === 'POST' && person && isSame(form.get('password') ?? '', password)) {
    await provider.interactionFinished(req, res, { login: { accountId: subjectOf(person) } });
    return;
  }
  res.writeHead(req.method === 'POST' ? 401 : 200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  });
  res.end(loginPage({ action: `/login/${uid}`, username, isWrong: req.method === 'POST' }));
}

async function textOf(req: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of req) {
    size += (piece as Buffer).length;
    if (size > formMaxBytes) throw new RangeError('the form is too large');
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function isSame(given: string, password: string): boolean {
  const hashOf = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hashOf(given), hashOf(password));
}

/** Of the key itself, so that a new key has a new name. */
function kidOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}
