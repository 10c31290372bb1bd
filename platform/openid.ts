/** Our side of OpenID Connect: where the provider's keys and pages are, and signing people in by code and PKCE. The only file that imports openid-client. */
import * as client from 'openid-client';

export type OpenIdOptions = {
  readonly issuer: string;
  /** As the provider knows the console; a secret makes it a confidential client. */
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  /** Whose tokens are wanted, where the provider must be told. RFC 8707. */
  readonly resource?: string;
  /** Where the provider sends people back to. */
  readonly redirectUri: string;
};

/** What must come back from the provider, and prove that it is an answer to this very login. */
export type LoginSecrets = { readonly state: string; readonly nonce: string; readonly verifier: string };
export type Tokens = { readonly accessToken: string; readonly refreshToken?: string; readonly idToken?: string };
/** `refused`: the provider says no, and would say so again. */
export type Answered =
  | { readonly kind: 'tokens'; readonly tokens: Tokens }
  | { readonly kind: 'refused'; readonly reason: string };

export type OpenId = ReturnType<typeof createOpenId>;
export type Discovery = { readonly keysUri: string };

const timeoutSeconds = 10;
/** Of openid-client, for answers that did not come or are none of a sign-in server that works. */
const outages = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
]);

/** Asks the issuer for its addresses when they are needed first; again where it could not answer. */
export function createDiscovery(issuer: string): () => Promise<Discovery> {
  const known = once(() => discover(issuer, 'tributary'));
  return async () => ({ keysUri: (await known()).serverMetadata().jwks_uri ?? fail('it publishes no keys') });
}

export function createOpenId(options: OpenIdOptions) {
  const { redirectUri, scope } = options;
  const resource: Record<string, string> = options.resource ? { resource: options.resource } : {};
  const configuration = once(() => discover(options.issuer, options.clientId, options.clientSecret));

  return {
    /** Where to send somebody who wants to sign in. */
    async begin(): Promise<{ readonly url: URL; readonly secrets: LoginSecrets }> {
      const config = await configuration();
      const verifier = client.randomPKCECodeVerifier();
      const secrets = { state: client.randomState(), nonce: client.randomNonce(), verifier };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        ...resource,
        state: secrets.state,
        nonce: secrets.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url, secrets };
    },

    /** `query` is what the provider sent people back with. */
    async redeem(query: string, { state, nonce, verifier }: LoginSecrets): Promise<Answered> {
      const config = await configuration();
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      return answered(() => client.authorizationCodeGrant(config, new URL(query, redirectUri), checks, resource));
    },

    async renew(refreshToken: string): Promise<Answered> {
      const config = await configuration();
      return answered(() => client.refreshTokenGrant(config, refreshToken, resource));
    },

    /** Where to go to be signed out at the provider too; undefined where it has no such page. */
    async signOutUrl(idToken: string | undefined, returnTo: string): Promise<string | undefined> {
      const config = await configuration();
      if (!config.serverMetadata().end_session_endpoint) return undefined;
      const hint: Record<string, string> = idToken ? { id_token_hint: idToken } : {};
      return client.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo, ...hint }).href;
    },
  };
}

async function discover(issuer: string, clientId: string, secret?: string): Promise<client.Configuration> {
  // Only a loopback address comes here without TLS: the configuration lets no other pass.
  const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
  return client.discovery(new URL(issuer), clientId, secret, undefined, { execute, timeout: timeoutSeconds });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** Throws where the provider could not be asked. */
async function answered(ask: () => Promise<client.TokenEndpointResponse>): Promise<Answered> {
  try {
    const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = await ask();
    return { kind: 'tokens', tokens: { accessToken, refreshToken, idToken } };
  } catch (error) {
    if (error instanceof client.ResponseBodyError && error.status < 500)
      return { kind: 'refused', reason: error.error };
    if (error instanceof client.AuthorizationResponseError) return { kind: 'refused', reason: error.error };
    // Another state, nonce, issuer or signature than that of this login.
    if (error instanceof client.ClientError && !outages.has(error.code ?? '')) {
      return { kind: 'refused', reason: 'the answer of the sign-in server does not fit the request' };
    }
    throw error;
  }
}

function fail(reason: string): never {
  throw new Error(`the sign-in server cannot be used: ${reason}`);
}
