/** What a rail that speaks JSON said: its answer parsed, or why there is none. */
import type { RailResponse } from '../platform/http.ts';
import { masked } from '../platform/log.ts';

/** `body` is parsed JSON, or undefined where the answer was something else. */
export type Said =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown; readonly retryAfterMs?: number }
  | Exclude<RailResponse, { kind: 'answered' }>;

export function saidOf(response: RailResponse): Said {
  if (response.kind !== 'answered') return response;
  const { status, headers, text } = response;
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return {
    kind: 'answered',
    status,
    body: parsed(text),
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1_000 }),
  };
}

/** Error texts quote the party they are about; they end up in logs and job errors. */
export function withoutIdentifiers(text: string): string {
  return text.slice(0, 500).replace(/\+?\d{7,}/g, masked);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
