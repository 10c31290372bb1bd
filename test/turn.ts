/** Whose turn it is: most test files share the stack; one that kills or replaces its processes has it alone. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';

/** Longer than the slowest file that has the stack alone, and than all that may share it before that. */
const patience = { timeout: 1_200_000, interval: 100 };

/** Until this file ends, nobody has the stack alone. */
export function shareStack(): void {
  const mine = join(folder(), `shared-${process.pid}`);
  beforeAll(async () => {
    await vi.waitUntil(() => {
      // Announced before looking: of two who come at once, one sees the other.
      writeFileSync(mine, String(process.pid));
      if (holders('alone').length === 0) return true;
      rmSync(mine);
      return false;
    }, patience);
  }, patience.timeout);
  afterAll(() => rmSync(mine, { force: true }));
}

/** From now until this file ends, nobody else uses the stack. */
export function haveStackAlone(): void {
  const mine = join(folder(), 'alone');
  let isMine = false;
  beforeAll(async () => {
    isMine = await vi.waitUntil(() => takeOnce(mine), patience);
    await vi.waitUntil(() => holders('shared-').length === 0, patience);
  }, patience.timeout);
  afterAll(() => {
    if (isMine) rmSync(mine, { force: true });
  });
}

/** Beside the stack's data, so that it is wiped with them. */
function folder(): string {
  const path = join(process.env.SIMULATORS_DIR!, '..', 'turns');
  mkdirSync(path, { recursive: true });
  return path;
}

function takeOnce(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!isHeld(path)) rmSync(path, { force: true });
    return false;
  }
}

function holders(prefix: string): string[] {
  return readdirSync(folder()).filter((name) => name.startsWith(prefix) && isHeld(join(folder(), name)));
}

/** Whether the process that wrote the file still runs. */
function isHeld(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return pid === 0 || process.kill(pid, 0);
  } catch {
    return false;
  }
}
