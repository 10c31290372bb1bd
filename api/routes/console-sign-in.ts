/** GET /console/login and /console/callback, POST /console/logout: a person's browser signs in and out. */
import type { RequestHandler, Response } from 'express';
import { Problem } from '../../domain/problem.ts';
import { ipOf } from '../caller.ts';
import { clearCookie, readCookie, setCookie } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery } from '../request.ts';
import { checkOrigin, type SignInDeps, sessionOf } from '../session-identity.ts';

const home = '/console/';

/** Sends the browser to the sign-in server, which sends it back to the callback. */
export function getLogin(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const signIn = signInOf(deps);
    deps.strangers.take(ipOf(req));
    const query = readQuery(req, ['return_to']);
    const returnTo = query.text('return_to') ?? home;
    if (!isOwnPage(returnTo)) query.problem('return_to', `write a path below ${home}`);
    query.done();
    const publicUrl = new URL(signIn.publicUrl);
    // A cookie of another name of this machine would not come back to the callback.
    if (req.headers.host !== publicUrl.host) {
      res.redirect(302, `${publicUrl.origin}/console/login?return_to=${encodeURIComponent(returnTo)}`);
      return;
    }
    const { url, secrets } = await signIn.openid.begin();
    const id = await signIn.sessions.beginLogin({ ...secrets, returnTo });
    setCookie(res, 'tributary-login', id, { isSecure: isSecure(signIn), sameSite: 'lax' });
    res.set('Cache-Control', 'no-store').redirect(302, url.href);
  };
}

/** The way back: one use, of the browser that began. */
export function getCallback(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const signIn = signInOf(deps);
    deps.strangers.take(ipOf(req));
    const id = readCookie(req, 'tributary-login');
    clearCookie(res, 'tributary-login', isSecure(signIn));
    const login = id === undefined ? undefined : await signIn.sessions.takeLogin(id);
    if (!login) return refuse(res, 'This sign-in was not begun in this browser, or too long ago.');
    const answer = await signIn.openid.redeem(req.originalUrl, login);
    if (answer.kind === 'refused') {
      deps.log.info('sign-in refused', { reason: answer.reason });
      return refuse(res, 'The sign-in server did not confirm who you are.');
    }
    const session = await sessionOf(signIn, answer.tokens);
    if (!session) {
      deps.log.error(
        'sign-in server gives tokens that are not for this hub: check OIDC_AUDIENCE and OIDC_RESOURCE',
        {},
      );
      return refuse(res, 'The sign-in server gave a token that is not for this hub.');
    }
    const before = readCookie(req, 'tributary');
    if (before !== undefined) await signIn.sessions.end(before);
    setCookie(res, 'tributary', await signIn.sessions.open(session), {
      isSecure: isSecure(signIn),
      sameSite: 'strict',
    });
    deps.log.info('person signed in', { subject: session.identity.subject, tenantId: session.identity.tenantId });
    // Answered as a page of ours that leads on: a redirect would still count as led here by the other site, without the strict cookie.
    leadOn(res, login.returnTo);
  };
}

/** Ends the session here; the answer says where it is ended at the sign-in server too. */
export function postLogout(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const signIn = signInOf(deps);
    readQuery(req, []).done();
    checkOrigin(req, signIn.publicUrl);
    const id = readCookie(req, 'tributary');
    const session = id === undefined ? undefined : await signIn.sessions.end(id);
    clearCookie(res, 'tributary', isSecure(signIn));
    const signOutUrl = await signIn.openid.signOutUrl(session?.tokens.idToken, `${signIn.publicUrl}${home}`);
    if (session) deps.log.info('person signed out', { subject: session.identity.subject });
    res.set('Cache-Control', 'no-store').json({ sign_out_url: signOutUrl ?? null });
  };
}

function signInOf({ signIn }: ApiDeps): SignInDeps {
  if (signIn) return signIn;
  throw new Problem('not-found', 'nobody signs in here: AUTH is off, or the hub has no OIDC_CLIENT_ID');
}

/** Never to another site, however it is written. */
function isOwnPage(path: string): boolean {
  return /^\/console\/[\w\-./?=&%~:,+#]*$/.test(path) && !path.includes('//');
}

function isSecure({ publicUrl }: SignInDeps): boolean {
  return publicUrl.startsWith('https:');
}

function leadOn(res: Response, path: string): void {
  const to = escaped(path);
  page(
    res,
    200,
    `<meta http-equiv="refresh" content="0;url=${to}"><title>Signed in</title><p><a href="${to}">Go on</a></p>`,
  );
}

function refuse(res: Response, why: string): void {
  page(
    res,
    403,
    `<title>Not signed in</title><h1>Not signed in</h1><p>${escaped(why)}</p><p><a href="/console/login">Try again</a></p>`,
  );
}

function page(res: Response, status: number, html: string): void {
  res
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(`<!doctype html><html lang="en"><meta charset="utf-8">${html}`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
