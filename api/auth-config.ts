/** How the API learns who calls: from tokens of an OpenID provider, or, on loopback alone, from whatever headers say. */
import { isIP } from 'node:net';
import { ConfigError, type Reader } from '../platform/config.ts';
import { type SignatureAlgorithm, signatureAlgorithms } from '../platform/token.ts';
import type { ClaimNames } from './token-identity.ts';

export type AuthConfig = { readonly kind: 'off' } | OidcConfig;
export type OidcConfig = {
  readonly kind: 'oidc';
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly toleranceSeconds: number;
  readonly claims: ClaimNames;
  /** Asked of the issuer where absent. */
  readonly keysUri?: string;
  readonly console?: ConsoleConfig;
};
/** For people who sign in with a browser. */
export type ConsoleConfig = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  readonly resource?: string;
  readonly publicUrl: string;
  readonly idleMs: number;
  readonly maxMs: number;
};

const hourMs = 3_600_000;

/** Adds what is wrong to the reader's problems; throws ConfigError where a stranger could come in. */
export function readAuthConfig(reader: Reader, host: string): AuthConfig {
  const way = (reader.optional('AUTH') ?? 'oidc').toLowerCase();
  if (way === 'off') {
    if (isLoopback(host)) return { kind: 'off' };
    throw new ConfigError(`AUTH=off lets everybody in: API_HOST must be loopback such as 127.0.0.1, it is ${host}`);
  }
  if (way !== 'oidc') throw new ConfigError('AUTH is neither oidc nor off');
  if (reader.optional('OIDC_ISSUER') === undefined) {
    throw new ConfigError(
      'OIDC_ISSUER is not set: whose tokens are believed, such as https://login.example/realms/bank. On a laptop AUTH=off lets everybody in who reaches loopback',
    );
  }
  const keysUri = address(reader, 'OIDC_JWKS_URI');
  return {
    kind: 'oidc',
    issuer: address(reader, 'OIDC_ISSUER') ?? '',
    audience: reader.text('OIDC_AUDIENCE', 'the name of this hub in the tokens that are meant for it'),
    algorithms: algorithms(reader),
    toleranceSeconds: Math.ceil(reader.duration('OIDC_CLOCK_TOLERANCE', '30s') / 1_000),
    claims: {
      tenant: reader.optional('OIDC_TENANT_CLAIM') ?? 'tenant',
      roles: reader.optional('OIDC_ROLES_CLAIM') ?? 'roles',
    },
    ...(keysUri && { keysUri }),
    ...(reader.optional('OIDC_CLIENT_ID') && { console: consoleConfig(reader) }),
  };
}

function consoleConfig(reader: Reader): ConsoleConfig {
  const resource = reader.optional('OIDC_RESOURCE');
  const maxMs = reader.duration('SESSION_MAX', '12h');
  const idleMs = reader.duration('SESSION_IDLE', '30m');
  if (maxMs > 30 * 24 * hourMs) reader.problem('SESSION_MAX is longer than 30d: nobody stays signed in that long');
  return {
    clientId: reader.text('OIDC_CLIENT_ID', 'the console as the sign-in server knows it'),
    clientSecret: reader.text('OIDC_CLIENT_SECRET', 'its secret'),
    scope: reader.optional('OIDC_SCOPE') ?? 'openid profile offline_access',
    ...(resource && { resource }),
    publicUrl: new URL(address(reader, 'PUBLIC_URL') ?? missing(reader, 'PUBLIC_URL')).origin,
    idleMs,
    maxMs,
  };
}

function algorithms(reader: Reader): readonly SignatureAlgorithm[] {
  const words = (reader.optional('OIDC_ALGORITHMS') ?? 'RS256,PS256,ES256,EdDSA').split(',').map((word) => word.trim());
  const known = words.filter((word): word is SignatureAlgorithm =>
    (signatureAlgorithms as readonly string[]).includes(word),
  );
  if (known.length !== words.length)
    reader.problem(`OIDC_ALGORITHMS is not some of ${signatureAlgorithms.join(', ')}, by commas`);
  return known;
}

/** An https address; http is believed of loopback only, where nobody listens in. */
function address(reader: Reader, name: string): string | undefined {
  const text = reader.optional(name);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''))))
    return text;
  reader.problem(`${name} is not an address that begins with https:// (http:// for loopback alone)`);
  return 'https://invalid.invalid';
}

function missing(reader: Reader, name: string): string {
  reader.problem(`${name} is not set: where people reach the hub, such as https://hub.example`);
  return 'https://invalid.invalid';
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
