/** Notices as SMS over an HTTP gateway that speaks the hub's small JSON contract (docs/notifications.md). */
import type { Handed } from '../../domain/notice.ts';
import type { RailHttp, RailResponse } from '../../platform/http.ts';
import type { Channel, ChannelLimits } from './channel.ts';

export type GatewayTerms = {
  /** Sent as a bearer's. */
  readonly token?: string;
  /** Whom the SMS comes from, where the gateway lets us say. */
  readonly sender?: string;
};

export function jsonSmsGateway(
  http: Pick<RailHttp, 'request' | 'close'>,
  { token, sender }: GatewayTerms,
  limits: ChannelLimits,
): Channel {
  return {
    id: 'sms',
    limits,
    isRepeatable: true,
    async send({ to, text, id }) {
      const response = await http.request({
        method: 'POST',
        path: '/messages',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': id,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ to, text, ...(sender !== undefined && { sender }) }),
        // Under one key the gateway sends once.
        idempotent: true,
      });
      return handedOf(response);
    },
    close: () => http.close(),
  };
}

/** A wrong token, or too many at once, is no fault of the message: the next one would fare alike. */
const isDownFor: ReadonlySet<number> = new Set([401, 403, 429, 502, 503]);
/** A time-out, and another request with the same key that is still being worked on. */
const passes: ReadonlySet<number> = new Set([408, 409]);

function handedOf(response: RailResponse): Handed {
  if (response.kind === 'notSent') return { kind: 'later', reason: 'http-unreachable', isDown: true };
  if (response.kind === 'lost') return { kind: 'unknown', reason: 'answer-lost' };
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: 'taken', reference: idIn(response.text) };
  const reason = `http-${status}`;
  if (isDownFor.has(status)) return { kind: 'later', reason, isDown: true };
  return status >= 500 || passes.has(status) ? { kind: 'later', reason, isDown: false } : { kind: 'refused', reason };
}

function idIn(text: string): string | undefined {
  try {
    const { id } = JSON.parse(text) as { id?: unknown };
    return typeof id === 'string' ? id.slice(0, 64) : undefined;
  } catch {
    return undefined;
  }
}
