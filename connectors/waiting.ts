/** How long to wait before the rail is asked again: short at first, longer the older the payment is. */

const shortestMs = 1_000;
const longestMs = 60_000;

/** ISO 8601 duration; half the age so far, between one second and a minute. */
export function waitFor(sinceMs: number): string {
  return `PT${Math.ceil(waitMs(sinceMs) / 1000)}S`;
}

export function waitMs(sinceMs: number): number {
  return Math.min(longestMs, Math.max(shortestMs, sinceMs / 2));
}
