/** GET /api/v1/events: what changes, as it changes, as server-sent events; each says that something changed, and the page loads what. */
import type { Request, RequestHandler, Response } from 'express';
import { Problem } from '../../domain/problem.ts';
import { callerOf } from '../caller.ts';
import type { ApiDeps } from '../deps.ts';
import { headerText } from '../header.ts';
import { readQuery, tenantOf } from '../request.ts';
import type { LiveEvent, Reader } from './live.ts';

const kinds = ['batch', 'incident', 'approval', 'rail', 'unknown', 'conflict', 'hand_mark', 'payer_block'] as const;
/** A proxy between would close a line on which nothing moves. */
const beatMs = 15_000;
/** Then the reader comes back, and is asked again who it is. */
const lifeMs = 10 * 60_000;
/** A reader that takes nothing for so long is gone. */
const stuckMs = 30_000;

export function getEvents(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['topics']);
    const topics = query
      .text('topics')
      ?.split(',')
      .map((word) => word.trim());
    const unknown = topics?.filter((word) => !(kinds as readonly string[]).includes(word)) ?? [];
    if (unknown.length > 0) query.problem('topics', `write some of ${kinds.join(', ')}, by commas`);
    query.done();
    const wanted = (kind: string) => !topics || topics.includes(kind) || kind === 'refresh' || kind === 'bye';
    const reader: Reader = {
      tenantId: tenant._id,
      person: callerOf(req).subject,
      write: (event) => !wanted(event.kind) || send(res, event),
      end: (why) => goodbye(res, why),
    };
    const seat = deps.live.subscribe(reader, headerText(req, 'last-event-id'));
    if (typeof seat === 'string') throw full(seat, res);
    begin(req, res);
    keep(res, seat);
  };
}

function full(of: 'person' | 'process', res: Response): Problem {
  res.set('Retry-After', '5');
  if (of === 'person') return new Problem('too-many-streams', 'you watch from as many pages as may be: close one');
  return new Problem('hub-full', 'this process has as many readers as it takes: try again in a moment');
}

function begin(req: Request, res: Response): void {
  req.socket.setNoDelay(true);
  res.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    Connection: 'keep-alive',
    // Proxies that gather what they pass on would hold events back.
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
  res.write('retry: 2000\n\n');
}

function keep(res: Response, seat: { onDrain(): void; close(): void }): void {
  let stuckSince: number | undefined;
  const beat = setInterval(() => {
    if (res.writableNeedDrain) {
      stuckSince ??= Date.now();
      if (Date.now() - stuckSince > stuckMs) res.destroy();
      return;
    }
    stuckSince = undefined;
    res.write(': still here\n\n');
  }, beatMs);
  const life = setTimeout(() => goodbye(res, 'come back: who you are is asked again'), lifeMs);
  res.on('drain', seat.onDrain);
  res.on('close', () => {
    clearInterval(beat);
    clearTimeout(life);
    seat.close();
  });
}

function send(res: Response, { id, kind, data }: LiveEvent): boolean {
  if (res.destroyed || res.writableEnded) return true;
  return res.write(`id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
}

function goodbye(res: Response, why: string): void {
  if (res.destroyed || res.writableEnded) return;
  res.end(`event: bye\ndata: ${JSON.stringify({ why })}\n\n`);
}
