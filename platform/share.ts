/** On whose behalf the code at hand runs, for queues far below that give each tenant its turn without every caller handing it down. */
import { AsyncLocalStorage } from 'node:async_hooks';

const shares = new AsyncLocalStorage<string>();

/** Runs `work`, and all that it brings about, on behalf of `share`. */
export function onBehalfOf<T>(share: string, work: () => T): T {
  return shares.run(share, work);
}

/** Empty where nobody said. */
export function currentShare(): string {
  return shares.getStore() ?? '';
}
