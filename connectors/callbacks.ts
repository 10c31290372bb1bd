/** Where rails call back. A callback decides nothing: it is noted, and the payment's process asks the rail. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { endToEndIdOf, readCallbackToken } from '../domain/ids.ts';
import { messages } from '../domain/process.ts';
import type { Log } from '../platform/log.ts';
import { isBackpressure, type Zeebe } from '../platform/zeebe.ts';
import type { Books } from '../store/books.ts';
import type { Rail, RailType } from './rail.ts';

const bodyMaxBytes = 256 * 1024;
/** A callback that comes before its process waits for it is kept this long. */
const callbackTtlMs = 60_000;
const publishTriesMax = 4;

export type CallbackDeps = {
  /** The rail instance of that id, as it is configured now. */
  railOf(id: string): { readonly rail: Rail; readonly type: RailType } | undefined;
  readonly books: Books;
  readonly zeebe: Pick<Zeebe, 'publish'>;
  readonly secret: string;
  readonly log: Log;
  readonly now: () => Date;
  /** Hears of callbacks that are nobody's: a known rail's id, or `unknown`. */
  readonly onRefused?: (rail: string) => void;
};

/** Answers /callbacks/{rail}/{token}; undefined for any other path. */
export function createCallbackHandler(deps: CallbackDeps) {
  const { railOf, books, zeebe, secret, log, now, onRefused = () => {} } = deps;
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const [, first, railId, token, ...rest] = (request.url ?? '').split('?')[0]!.split('/');
    if (first !== 'callbacks') return false;
    if (request.method !== 'PUT' && request.method !== 'POST') return end(response, 405);
    const { rail, type } = railOf(railId ?? '') ?? {};
    const place = rest.length === 0 && token ? readCallbackToken(secret, token) : undefined;
    const payment = rail?.readCallback && place ? await books.payment(place.batchId, place.row) : undefined;
    if (!rail?.readCallback || !place || !payment || payment.rail !== railId) {
      // Whoever guesses tokens learns nothing of which part was wrong; the operator sees how many try.
      log.warn('callback was not for us', { rail: rail ? railId : 'unknown', hasToken: place !== undefined });
      onRefused(rail ? railId! : 'unknown');
      return end(response, 404);
    }
    const text = await readBody(request);
    if (text === undefined) return end(response, 413);
    const about = type === 'BULK' ? await messageOf(place) : endToEndIdOf(place.batchId, place.row);
    if (!about) return end(response, 404);
    const ref = about;
    // pay-sub-batch waits under the id of the sub-batch, whose messages are numbered.
    const key = type === 'BULK' ? ref.slice(0, ref.lastIndexOf('-')) : ref;
    let summary: string;
    try {
      summary = rail.readCallback(JSON.parse(text)).summary;
    } catch {
      summary = 'callback that cannot be understood; the rail is asked';
      log.warn('callback could not be understood', { rail: railId, endToEndId: ref });
    }
    const { tenantId } = payment;
    await books.note([{ ref, tenantId, batchId: place.batchId, at: now(), direction: 'callback', summary }]);
    const messageId = `callback/${ref}/${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
    const message = { name: messages.railCalledBack, key, messageId, variables: {}, ttlMs: callbackTtlMs };
    if (await isPublished(zeebe, message)) return end(response, 204);
    // Whoever calls back may do so again; the payment's own timer asks the rail in any case.
    log.info('callback was put off, Zeebe is busy', { rail: railId, endToEndId: ref });
    return end(response, 503, { 'retry-after': '5' });
  };

  /** The message that carried the payment last, if it was sent. */
  async function messageOf({ batchId, row }: { batchId: string; row: number }): Promise<string | undefined> {
    return (await books.latestAttempts(batchId, [row])).get(row)?.messageId;
  }
}

/** Waits out a push-back for a moment; false where it goes on. Any other trouble is thrown. */
async function isPublished(zeebe: CallbackDeps['zeebe'], message: Parameters<Zeebe['publish']>[0]): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      await zeebe.publish(message);
      return true;
    } catch (error) {
      if (!isBackpressure(error)) throw error;
      if (tries === publishTriesMax) return false;
      await sleep(50 * 2 ** tries * (0.5 + Math.random() / 2));
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > bodyMaxBytes) return undefined;
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): true {
  response.writeHead(status, headers).end();
  return true;
}
