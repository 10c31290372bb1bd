/** Tells a process that its configuration file may have changed: on SIGHUP, and when its bytes are others than before. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Log } from './log.ts';

/** Often enough for a person who waits, and cheap: a file of some kilobytes. Also seen where a volume swaps the file under its name. */
const lookEveryMs = 2_000;

export type ReloadOptions = {
  readonly file?: string;
  /** What the file configures, for the log. */
  readonly what: string;
  readonly log: Log;
  /** Hears how each reload ended. */
  readonly onEnd?: (end: 'taken' | 'refused') => void;
  readonly everyMs?: number;
};

/**
 * Calls `reload` after the file of that name has changed, and on SIGHUP always. What `reload` throws is told and changes nothing.
 * Without a file nothing happens.
 */
export function onFileChange(
  { file, what, log, onEnd = () => undefined, everyMs = lookEveryMs }: ReloadOptions,
  reload: () => void | Promise<void>,
): { close(): void } {
  if (!file) return { close: () => undefined };
  let known: string | undefined;
  let isBusy = false;

  async function look(isAsked: boolean): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    try {
      const now = await fingerprint(file!);
      const isNew = known !== undefined && now !== known;
      known = now;
      if (!isNew && !isAsked) return;
      await reload();
      log.info('configuration was read again', { what });
      onEnd('taken');
    } catch (error) {
      log.error('configuration was not taken over, what was before stays', { what, why: (error as Error).message });
      onEnd('refused');
    } finally {
      isBusy = false;
    }
  }

  void look(false);
  const timer = setInterval(() => void look(false), everyMs);
  timer.unref();
  const onSignal = () => void look(true);
  process.on('SIGHUP', onSignal);
  return {
    close() {
      clearInterval(timer);
      process.off('SIGHUP', onSignal);
    },
  };
}

async function fingerprint(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('base64');
}
