/** One command at a time: a lock file that a dead holder does not keep. */
import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { identityOf, recall, remember } from './process.ts';

/** Runs `work` while holding the lock; waits for a living holder and says so once. */
export async function withLock<T>(file: string, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!taken(file)) {
    const holder = holderOf(file);
    if (holder === undefined) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) say(`waiting for process ${holder}, which holds ${file}`);
    told = true;
    await pause(200);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Written apart and linked, so that nobody reads it half-written. */
function taken(file: string): boolean {
  const own = `${file}.${process.pid}`;
  remember(own, { pid: process.pid, identity: identityOf(process.pid) ?? 'gone', ready: true });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** The pid of the living holder; undefined when it is dead or the file was left half-written. */
function holderOf(file: string): number | undefined {
  try {
    return recall(file)?.pid;
  } catch {
    return undefined;
  }
}
