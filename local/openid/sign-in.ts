/** Signs a sample person in as a browser would: the provider's page, name and password, code and PKCE. Answers the access token. */
import { createHash, randomBytes } from 'node:crypto';
import { terminalClient, terminalRedirect } from './sample-people.ts';

export type SignInPlace = { readonly issuer: string; readonly audience: string; readonly password: string };

const timeoutMs = 10_000;
const hopsMax = 10;

/** Throws where the provider does not let the person in. */
export async function signIn({ issuer, audience, password }: SignInPlace, username: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const begin = new URL(`${issuer}/auth`);
  begin.search = new URLSearchParams({
    client_id: terminalClient,
    redirect_uri: terminalRedirect,
    response_type: 'code',
    scope: 'openid profile',
    resource: audience,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const back = await walk(begin, { username, password });
  const code = back.searchParams.get('code');
  if (!code || back.searchParams.get('state') !== state) {
    throw new Error(
      `the sign-in server let ${username} not in: ${back.searchParams.get('error_description') ?? 'no code came'}`,
    );
  }
  return redeem(issuer, { code, code_verifier: verifier, resource: audience });
}

/** Follows the provider from page to page, fills its form in, and stops where it would leave for the redirect address. */
async function walk(begin: URL, form: { readonly username: string; readonly password: string }): Promise<URL> {
  const cookies = new Map<string, string>();
  const visit = async (url: URL, init: RequestInit = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...init,
      headers: { cookie },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  let url = begin;
  for (let hop = 0; hop < hopsMax; hop++) {
    let response = await visit(url);
    if (response.status === 200) response = await visit(url, { method: 'POST', body: new URLSearchParams(form) });
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`the sign-in server does not let ${form.username} in: it answered ${response.status}`);
    url = new URL(location, url);
    if (url.href.startsWith(terminalRedirect)) return url;
  }
  throw new Error(`the sign-in server sends ${form.username} in circles`);
}

async function redeem(issuer: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: terminalClient,
    redirect_uri: terminalRedirect,
    ...parameters,
  });
  const response = await fetch(`${issuer}/token`, { method: 'POST', body, signal: AbortSignal.timeout(timeoutMs) });
  const text = await response.text();
  if (!response.ok) throw new Error(`the sign-in server gave no token: ${response.status} ${text.slice(0, 300)}`);
  return (JSON.parse(text) as { access_token: string }).access_token;
}
