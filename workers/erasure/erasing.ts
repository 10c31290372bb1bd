/** Erases personal data whose time is over, and wraps keys anew after the secret that wraps them was changed; now and then. */
import type { Log } from '../../platform/log.ts';
import type { Eraser } from '../../store/erase.ts';
import type { Keyring } from '../../store/keyring.ts';
import { every, type Loop } from '../every.ts';

export type ErasingDeps = {
  readonly eraser: Eraser;
  readonly keyring: Pick<Keyring, 'rewrap'>;
  readonly onErased: (what: 'batch' | 'transfer' | 'file', count: number) => void;
  readonly log: Log;
  readonly everyMs: number;
};

const keysAtOnce = 500;

export function startErasing({ eraser, keyring, onErased, log, everyMs }: ErasingDeps): Loop {
  return every(everyMs, log, 'personal data were not erased', async () => {
    const { batches, transfers, files } = await eraser.sweep();
    if (batches + transfers + files > 0) log.info('personal data erased', { batches, transfers, files });
    onErased('batch', batches);
    onErased('transfer', transfers);
    onErased('file', files);
    let rewrapped = 0;
    for (let some = keysAtOnce; some === keysAtOnce; rewrapped += some) some = await keyring.rewrap(keysAtOnce);
    if (rewrapped > 0) log.info('keys wrapped anew', { keys: rewrapped });
  });
}
