/** Watches over single servers of a profile: starts one and waits until it is ready, ends one, tells how it is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { portAnswers, until } from './probe.ts';
import { endProcess, launchDetached, type ProcessRecord, recall, remember } from './process.ts';
import type { Server, Setting } from './server.ts';

export type Supervisor = {
  /** The server's process, if it runs. */
  processOf(server: Server): ProcessRecord | undefined;
  /** Became ready once and still answers. */
  isUp(server: Server): Promise<boolean>;
  /** Starts it unless it runs, and returns when it is ready; throws with the end of its log. */
  start(server: Server): Promise<void>;
  /** Signals it and returns when it is gone; killed when it takes too long. */
  end(server: Server, signal?: NodeJS.Signals): Promise<void>;
  logFileOf(server: Server): string;
};

/** A server that has not ended this long after it was asked is killed. */
const graceMs = 15_000;

export function createSupervisor(setting: Setting, say: (line: string) => void): Supervisor {
  const { profile, ports } = setting;
  const pidFile = (server: Server) => join(profile.run, `${server.name}.pid`);
  const logFile = (server: Server) => join(profile.logs, `${server.name}.log`);

  async function isUp(server: Server): Promise<boolean> {
    if (!recall(pidFile(server))?.ready) return false;
    if (server.kind === 'hub') return server.ready(setting);
    return portAnswers(ports[server.ports[0] as string] as number);
  }

  async function startAndWait(server: Server): Promise<void> {
    const begun = Date.now();
    let launched = await launchAbsent(server);
    try {
      await until(
        async () => {
          // One that was ending as we came is started once it has ended.
          if (!launched) launched = await launchAbsent(server);
          return server.ready(setting).catch(() => false);
        },
        () => failureOf(server, launched, begun),
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await lastLines(logFile(server), 20)}`, { cause: error });
    }
    const record = recall(pidFile(server));
    if (!record) throw new Error(`${server.name} ended as it became ready; see ${logFile(server)}`);
    remember(pidFile(server), { ...record, ready: true });
    const address = `127.0.0.1:${ports[server.ports[0] as string]}`;
    say(`${server.name} is up on ${address} (pid ${record.pid}, ${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  }

  async function launchAbsent(server: Server): Promise<boolean> {
    if (recall(pidFile(server))) return false;
    const launch = await server.prepare(setting).catch((error: Error) => {
      throw new Error(`${server.name} cannot be started: ${error.message}`, { cause: error });
    });
    launchDetached(launch, logFile(server), pidFile(server));
    return true;
  }

  function failureOf(server: Server, launched: boolean, begun: number): Error | undefined {
    if (launched && !recall(pidFile(server)))
      return new Error(`${server.name} ended while starting; the end of ${logFile(server)}:`);
    if (Date.now() - begun < server.startTimeoutMs) return undefined;
    return new Error(
      `${server.name} is not ready after ${server.startTimeoutMs / 1000} s; the end of ${logFile(server)}:`,
    );
  }

  async function end(server: Server, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const pid = recall(pidFile(server))?.pid;
    const patienceMs = server.graceMs ?? graceMs;
    const insisted = await endProcess(pidFile(server), signal, patienceMs);
    if (pid !== undefined) say(`${server.name} is down${insisted ? ` (killed after ${patienceMs / 1000} s)` : ''}`);
  }

  return {
    processOf: (server) => recall(pidFile(server)),
    isUp,
    start: startAndWait,
    end,
    logFileOf: logFile,
  };
}

async function lastLines(file: string, count: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
