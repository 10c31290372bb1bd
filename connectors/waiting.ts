/** How long to wait before the rail is asked again: short at first, longer the older the payment is. */

const shortestMs = 1_000;
const longestMs = 60_000;

/** Half the age so far, between one second and a minute. */
export function waitMs(sinceMs: number): number {
  return Math.min(longestMs, Math.max(shortestMs, sinceMs / 2));
}

/** Until a rail opens, in steps: its hours may be changed meanwhile, and clocks are put forward and back. */
export function closedWaitMs(closedMs: number): number {
  return Math.min(longestMs, closedMs);
}

/** ISO 8601 duration, rounded up to whole seconds, at least one: the grain of Zeebe's timers. */
export function isoMs(ms: number): string {
  return `PT${Math.max(1, Math.ceil(ms / 1000))}S`;
}

/** Between three and five quarters of it, so that many who wait alike do not come back together. */
export function spread(ms: number): number {
  return Math.round(ms * (0.75 + Math.random() / 2));
}
