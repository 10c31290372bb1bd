/** Erases personal data whose time is over, and wraps keys anew after the secret that wraps them was changed; now and then. */
import type { Log } from '../../platform/log.ts';
import type { Erased, Eraser } from '../../store/erase.ts';
import type { Keyring } from '../../store/keyring.ts';
import { every, type Loop } from '../every.ts';

export type ErasingDeps = {
  readonly eraser: Eraser;
  readonly keyrings: readonly Pick<Keyring, 'rewrap'>[];
  readonly onErased: (what: string, count: number) => void;
  readonly log: Log;
  readonly everyMs: number;
};

const keysAtOnce = 500;

/** The metric's words. */
const singularOf: Readonly<Record<keyof Erased, string>> = {
  batches: 'batch',
  transfers: 'transfer',
  files: 'file',
  beneficiaries: 'beneficiary',
  routes: 'route',
  accounts: 'account',
  wallets: 'wallet',
};

export function startErasing({ eraser, keyrings, onErased, log, everyMs }: ErasingDeps): Loop {
  return every(everyMs, log, 'personal data were not erased', async () => {
    const erased = await eraser.sweep();
    if (Object.values(erased).some((count) => count > 0)) log.info('personal data erased', erased);
    for (const [what, count] of Object.entries(erased)) onErased(singularOf[what as keyof Erased], count);
    let rewrapped = 0;
    for (const keyring of keyrings) {
      for (let some = keysAtOnce; some === keysAtOnce; rewrapped += some) some = await keyring.rewrap(keysAtOnce);
    }
    if (rewrapped > 0) log.info('keys wrapped anew', { keys: rewrapped });
  });
}
