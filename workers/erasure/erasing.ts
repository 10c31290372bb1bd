/** Erases personal data whose time is over, and wraps keys anew after the secret that wraps them was changed; now and then. */
import type { Log } from '../../platform/log.ts';
import type { Eraser } from '../../store/erase.ts';
import type { Keyring } from '../../store/keyring.ts';
import { every, type Loop } from '../every.ts';

export type ErasingDeps = {
  readonly eraser: Eraser;
  readonly keyrings: readonly Pick<Keyring, 'rewrap'>[];
  readonly onErased: (what: 'batch' | 'transfer' | 'file' | 'beneficiary', count: number) => void;
  readonly log: Log;
  readonly everyMs: number;
};

const keysAtOnce = 500;

export function startErasing({ eraser, keyrings, onErased, log, everyMs }: ErasingDeps): Loop {
  return every(everyMs, log, 'personal data were not erased', async () => {
    const erased = await eraser.sweep();
    const { batches, transfers, files, beneficiaries } = erased;
    if (batches + transfers + files + beneficiaries > 0) log.info('personal data erased', erased);
    onErased('batch', batches);
    onErased('transfer', transfers);
    onErased('file', files);
    onErased('beneficiary', beneficiaries);
    let rewrapped = 0;
    for (const keyring of keyrings) {
      for (let some = keysAtOnce; some === keysAtOnce; rewrapped += some) some = await keyring.rewrap(keysAtOnce);
    }
    if (rewrapped > 0) log.info('keys wrapped anew', { keys: rewrapped });
  });
}
