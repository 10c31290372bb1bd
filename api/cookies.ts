/** The two cookies of the console: of a session, and of a sign-in under way. */
import type { Request, Response } from 'express';

export type CookieName = 'tributary' | 'tributary-login';

/** Undefined where the browser sent none, or something that was never one of ours. */
export function readCookie(req: Request, name: CookieName): string | undefined {
  const own = [name, prefixed(name)];
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  const values = pairs.flatMap(([key = '', value = '']) => (own.includes(key) ? [value] : []));
  return values.find((value) => /^[\w-]{43}$/.test(value));
}

/** No script reads it. `lax` is sent along where another site leads here, as the sign-in server does; `strict` is not. */
export function setCookie(
  res: Response,
  name: CookieName,
  value: string,
  { isSecure, sameSite }: { readonly isSecure: boolean; readonly sameSite: 'lax' | 'strict' },
): void {
  res.cookie(isSecure ? prefixed(name) : name, value, { httpOnly: true, secure: isSecure, sameSite, path: '/' });
}

export function clearCookie(res: Response, name: CookieName, isSecure: boolean): void {
  res.clearCookie(isSecure ? prefixed(name) : name, { httpOnly: true, secure: isSecure, path: '/' });
}

/** With this name a browser takes it over TLS only, from this host only, for all of its paths. */
function prefixed(name: CookieName): string {
  return `__Host-${name}`;
}
