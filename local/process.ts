/** Processes that outlive us: started apart, remembered by pid and start time, so that a recycled pid is never ours. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
};

export type ProcessRecord = {
  readonly pid: number;
  /** Boot id and start tick: with the pid, this names one process for ever. */
  readonly identity: string;
  readonly ready: boolean;
};

/** A log larger than this is set aside as `<name>.log.1` at the next start. */
const logSizeBytesMax = 32 * 1024 * 1024;

/** Starts a process in a session of its own, output appended to the log, and writes its pid file. */
export function launchDetached(launch: Launch, logFile: string, pidFile: string): ProcessRecord {
  mkdirSync(dirname(logFile), { recursive: true });
  mkdirSync(dirname(pidFile), { recursive: true });
  if (existsSync(logFile) && statSync(logFile).size > logSizeBytesMax) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(launch.command, launch.args, {
      cwd: launch.cwd,
      env: { ...process.env, ...launch.env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', () => {});
    child.unref();
    if (child.pid === undefined) throw new Error(`${launch.command} could not be started: is it there and executable?`);
    return remember(pidFile, { pid: child.pid, identity: identityOf(child.pid) ?? 'gone', ready: false });
  } finally {
    closeSync(log);
  }
}

export function remember(pidFile: string, record: ProcessRecord): ProcessRecord {
  writeFileSync(`${pidFile}.new`, JSON.stringify(record));
  renameSync(`${pidFile}.new`, pidFile);
  return record;
}

/** The process of a pid file, if it still runs and is the one that was started. */
export function recall(pidFile: string, identify = identityOf): ProcessRecord | undefined {
  if (!existsSync(pidFile)) return undefined;
  const record: ProcessRecord = JSON.parse(readFileSync(pidFile, 'utf8'));
  return identify(record.pid) === record.identity ? record : undefined;
}

/** Asks the process to end, waits, then insists; true if it had to insist. Removes the pid file. */
export async function endProcess(pidFile: string, signal: NodeJS.Signals, graceMs: number): Promise<boolean> {
  const record = recall(pidFile);
  if (record) send(record, signal);
  const ended = !record || (await gone(record, graceMs));
  if (record && !ended) {
    send(record, 'SIGKILL');
    await gone(record, graceMs);
  }
  rmSync(pidFile, { force: true });
  return !ended;
}

/** What tells this process from any other with its pid, now or later; undefined when there is none (or only its zombie). */
export function identityOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces: state is the first field after it, the start time the twentieth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return hasEnded(pid, fields[0]) ? undefined : `${bootId()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** A killed process is a zombie while its other threads still end, and until then they hold its ports. */
function hasEnded(pid: number, state: string | undefined): boolean {
  return state === 'X' || (state === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1);
}

/** Resident memory in bytes; undefined when there is no such process. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function send(record: ProcessRecord, signal: NodeJS.Signals): void {
  try {
    if (identityOf(record.pid) === record.identity) process.kill(record.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function gone(record: ProcessRecord, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (identityOf(record.pid) === record.identity) {
    if (Date.now() > deadline) return false;
    await pause(50);
  }
  return true;
}
