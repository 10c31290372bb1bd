/** What every main does alike: wait for its servers and say for what, and stop in order when told to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from './config.ts';
import type { Log } from './log.ts';

/** Repeats `connect` until it works, saying what is waited for; gives up after `timeoutMs`. */
export async function waitFor<T>(what: string, connect: () => Promise<T>, log: Log, timeoutMs = 180_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (let tries = 0; ; tries += 1) {
    try {
      return await connect();
    } catch (error) {
      if (Date.now() > until) throw new Error(`${what} did not answer within ${timeoutMs / 1000} s`, { cause: error });
      if (tries % 10 === 0)
        log.info('waiting for a server', { what, why: error instanceof Error ? error.message : String(error) });
      await sleep(Math.min(2_000, 100 * 2 ** Math.min(tries, 5)));
    }
  }
}

/** Runs `main`; a configuration that is not usable is told in plain words, anything else as an error. */
export async function runMain(log: Log, main: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  process.on('unhandledRejection', (error) => log.error('a promise was rejected and nobody listened', { error }));
  try {
    const running = await main();
    let stopping = false;
    const stop = (signal: string) => {
      if (stopping) return;
      stopping = true;
      log.info('stopping', { signal });
      setTimeout(() => process.exit(1), 20_000).unref();
      running.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error('did not stop in order', { error });
          process.exit(1);
        },
      );
    };
    process.once('SIGTERM', () => stop('SIGTERM'));
    process.once('SIGINT', () => stop('SIGINT'));
  } catch (error) {
    if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
    else log.error('could not start', { error });
    process.exit(1);
  }
}
