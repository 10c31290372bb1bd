/** The one place where a failure becomes an answer: problems as they are, everything else without its story. */
import { isUtf8 } from 'node:buffer';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { Problem, type ProblemCode, problemBody, problems } from '../domain/problem.ts';
import { isOutage } from '../platform/job.ts';
import type { Log } from '../platform/log.ts';
import { ObjectMissing } from '../platform/object-store.ts';

/** How long the rest of a refused body is read and thrown away, so that its sender gets to read the answer. */
const lingerMs = 5_000;

/** What is full empties more slowly than a connection comes back. */
const retryAfterSeconds: { readonly [code in ProblemCode]?: number } = { 'hub-full': 15 };

export function answerProblems(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const problem = problemOf(error);
    const { status } = problems[problem.code];
    // The pattern, not the path: a file's name may name a person.
    const route = (req.route as { path?: string } | undefined)?.path ?? 'none';
    if (status >= 500) log.error('request failed', { method: req.method, route, error });
    else log.info('request refused', { method: req.method, route, problem: problem.code });
    if (res.headersSent || res.destroyed) {
      res.destroy();
      return;
    }
    sendProblem(req, res, problem);
  };
}

export const answerNotFound: RequestHandler = (req) => {
  throw new Problem('not-found', `there is no ${req.method} of this path`);
};

/** Answers 405 with the methods that the path has. */
export function answerMethods(methods: readonly string[]): RequestHandler {
  return (req, res) => {
    res.set('Allow', methods.join(', '));
    throw new Problem('method-not-allowed', `${req.method} is not allowed here: use ${methods.join(' or ')}`);
  };
}

function sendProblem(req: Request, res: Response, problem: Problem): void {
  const { status } = problems[problem.code];
  if (status === 503) res.set('Retry-After', String(retryAfterSeconds[problem.code] ?? 5));
  if (status === 429) res.set('Retry-After', String(problem.extra.retry_after ?? 5));
  if (status === 401) res.set('WWW-Authenticate', challengeOf(problem));
  lingerOn(req);
  res
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, pathOf(req))));
}

/** RFC 6750: how to ask, and what was wrong with the token. */
function challengeOf({ code, message }: Problem): string {
  const error =
    code === 'token-refused' ? `, error="invalid_token", error_description="${message.replaceAll('"', "'")}"` : '';
  return `Bearer realm="tributary"${error}`;
}

/**
 * A sender that is still sending would see a reset instead of the answer if the connection were closed under it. So the
 * rest is read for a moment, and only who goes on after that is cut off.
 */
function lingerOn(req: Request): void {
  if (req.complete || req.destroyed) return;
  req.unpipe();
  req.resume();
  const timer = setTimeout(() => req.socket.destroySoon(), lingerMs);
  timer.unref();
  req.once('close', () => clearTimeout(timer));
  req.once('end', () => clearTimeout(timer));
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ObjectMissing) {
    return new Problem('not-found', 'the file is not in the object store, or not any more', {}, error);
  }
  const { name = '', status } = error as { name?: string; status?: number };
  if (status !== undefined && status >= 400 && status < 500) {
    return new Problem('invalid-request', 'the path cannot be read: encode it as a URL', {}, error);
  }
  if (/^Mongo/.test(name) && (isOutage(error) || /^Mongo(Pool|Topology)Closed|^MongoWait/.test(name))) {
    return new Problem('unavailable', 'the database is not reachable: try again in a moment', {}, error);
  }
  if (isOutage(error)) {
    return new Problem('unavailable', 'a part of the hub is not reachable: try again in a moment', {}, error);
  }
  return new Problem('internal-error', 'the hub failed; nothing of this request was started', {}, error);
}

/** The path without query; what is no text is left out. */
export function pathOf(req: Request): string {
  const path = (req.originalUrl.split('?')[0] ?? '').slice(0, 300);
  return isUtf8(Buffer.from(path)) ? path : '/';
}
