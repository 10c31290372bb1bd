/** Posts a signed event to somebody's address; one try, no redirects, no private networks unless allowed. */
import { createHmac } from 'node:crypto';
import { request } from 'undici';
import { createCallbackAgent } from './callback-address.ts';

export type WebhookPost = {
  readonly url: string;
  /** POST where absent. */
  readonly method?: 'PUT';
  readonly body: string;
  readonly event: string;
  readonly eventId: string;
  /** One or, while receivers learn a new one, two: each signs. */
  readonly secrets: readonly string[];
  readonly allowPrivate: boolean;
  readonly at: Date;
};

export type WebhookClient = {
  /** Resolves with the status; rejects when no answer came in time or the address may not be called. */
  post(post: WebhookPost): Promise<number>;
  close(): Promise<void>;
};

/** `X-Tributary-Signature`: HMAC-SHA256 in hex over `{timestamp}.{body}`, timestamp in epoch seconds; one for each secret, the newest first. */
export function signatureOf(secrets: readonly string[], at: Date, body: string): string {
  const t = Math.floor(at.getTime() / 1000);
  const signatures = secrets.map((secret) => createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'));
  return [`t=${t}`, ...signatures.map((hex) => `v1=${hex}`)].join(',');
}

export function createWebhookClient(timeoutMs: number): WebhookClient {
  const agents = {
    open: createCallbackAgent({ allowPrivate: true, timeoutMs }),
    closed: createCallbackAgent({ allowPrivate: false, timeoutMs }),
  };
  return {
    async post({ url, method = 'POST', body, event, eventId, secrets, allowPrivate, at }) {
      const answer = await request(url, {
        method,
        dispatcher: allowPrivate ? agents.open : agents.closed,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'tributary',
          'x-tributary-event': event,
          'x-tributary-event-id': eventId,
          'x-tributary-signature': signatureOf(secrets, at, body),
        },
        body,
      });
      await answer.body.dump({ limit: 64 * 1024 });
      return answer.statusCode;
    },
    close: async () => void (await Promise.all([agents.open.close(), agents.closed.close()])),
  };
}
