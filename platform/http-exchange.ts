/** One HTTP exchange over a pool, and the proof of whether any byte of it may have left. */
import type { Dispatcher } from 'undici';
import type { RailRequest, RailResponse } from './http.ts';

export type ExchangeRequest = Omit<RailRequest, 'idempotent' | 'timeoutMs' | 'notAfter'> & {
  readonly timeoutMs: number;
  readonly answerMaxBytes: number;
  /** Whether it may no longer be written; asked in the same turn as the write itself. */
  readonly isLate?: () => boolean;
};

/** A sender that slept past its lease, in a queue or stopped, while another may have taken over. */
export const tooLate: RailResponse = { kind: 'notSent', text: 'the lease was over before it was written' };

/**
 * Sends once and collects the answer. undici tells `onRequestStart` just before it writes to a connected socket: what ends
 * before that was not sent, whatever the error; what ends after it without a whole answer is lost. Follows no redirects.
 */
export function exchange(pool: Dispatcher, asked: ExchangeRequest): Promise<RailResponse> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let ended = false;
    let status = 0;
    let headers: Record<string, string> = {};
    let size = 0;
    const chunks: Buffer[] = [];

    const end = (response: RailResponse | TypeError) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      asked.signal?.removeEventListener('abort', stop);
      if (response instanceof TypeError) reject(response);
      else resolve(response);
    };
    const giveUp = (text: string) => {
      end({ kind: controller ? 'lost' : 'notSent', text });
      controller?.abort(new Error(text));
    };
    const stop = () => giveUp('given up by the caller');
    const timer = setTimeout(() => giveUp('no whole answer in time'), Math.max(0, asked.timeoutMs));
    if (asked.signal?.aborted) return stop();
    asked.signal?.addEventListener('abort', stop, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        // Given up while connecting, or begun anew by undici after a first write: neither may write (again).
        if (!ended && !controller && asked.isLate?.()) end(tooLate);
        if (ended || controller) return started.abort(new Error('given up before it was written'));
        controller = started;
      },
      onResponseStart(_, statusCode, received) {
        status = statusCode;
        headers = Object.fromEntries(
          Object.entries(received).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.join(', ') : (value ?? ''),
          ]),
        );
      },
      onResponseData(_, chunk) {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= asked.answerMaxBytes) return;
        const text = `the answer is larger than ${asked.answerMaxBytes} bytes`;
        end({ kind: 'lost', text, isTooLarge: true });
        controller?.abort(new Error(text));
      },
      onResponseEnd() {
        end({ kind: 'answered', status, headers, text: Buffer.concat(chunks).toString('utf8') });
      },
      onResponseError(_, error) {
        if (isOurMistake(error)) end(new TypeError('the request is no HTTP', { cause: error }));
        else end({ kind: controller ? 'lost' : 'notSent', text: wordsOf(error) });
      },
    };
    pool.dispatch(
      { path: asked.path, method: asked.method, headers: asked.headers ?? {}, body: asked.body ?? null },
      handler,
    );
  });
}

function isOurMistake(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_INVALID_ARG';
}

/** The error's code and message without addresses of people; undici's messages carry hosts only. */
function wordsOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return error.message ? `${code}: ${error.message}` : code;
}
