/** Serves the operators' console as it was built: pages under /console/, all of them one page that finds its place by the address. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { Problem } from '../domain/problem.ts';

/** Nothing from anywhere else, nothing inline, nobody's frame. React and bpmn-js set styles through the DOM, which needs no exception. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const yearSeconds = 31_536_000;

export function consolePages(folder: string): RequestHandler {
  const page = join(folder, 'index.html');
  const router = Router({ strict: true });
  router.use((req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.set('Allow', 'GET, HEAD');
      throw new Problem('method-not-allowed', 'the console is only read: use GET');
    }
    if (!existsSync(page))
      throw new Problem('not-found', 'the console is not built here: run make build, then try again');
    res.set('Content-Security-Policy', policy);
    res.set('X-Content-Type-Options', 'nosniff');
    res.set('Referrer-Policy', 'same-origin');
    next();
  });
  router.use('/assets', compressed(join(folder, 'assets')), assets(join(folder, 'assets')));
  router.use('/assets', () => {
    throw new Problem('not-found', 'the console has no such file: load the page anew, it may have been renewed');
  });
  router.use((req, res) => {
    // The assets' addresses are relative to the page's own.
    if (req.baseUrl === '/console' && req.path === '/' && !req.originalUrl.startsWith('/console/')) {
      res.redirect(308, '/console/');
      return;
    }
    res.set('Cache-Control', 'no-cache');
    res.sendFile(page, { cacheControl: false, etag: true });
  });
  return router;
}

/** Their names hold a hash of their bytes, so they never change. */
function assets(folder: string): RequestHandler {
  return express.static(folder, { index: false, redirect: false, immutable: true, maxAge: yearSeconds * 1_000 });
}

const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

/** The copy that was compressed at build, for whoever takes it. */
function compressed(folder: string): RequestHandler {
  return (req: Request, res: Response, next) => {
    const [, name, ending] = /^\/([\w.-]+\.(js|css|svg))$/.exec(req.path) ?? [];
    const file = name && join(folder, `${name}.br`);
    if (!file || !req.acceptsEncodings('br') || !existsSync(file)) return next();
    res.set('Content-Encoding', 'br');
    res.set('Vary', 'Accept-Encoding');
    res.set('Cache-Control', `public, max-age=${yearSeconds}, immutable`);
    res.type(`${types[ending ?? '']}; charset=utf-8`);
    res.sendFile(file, { cacheControl: false }, (error) => error && next(error));
  };
}
