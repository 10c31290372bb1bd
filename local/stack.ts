/** The door of the local stack: brings servers and hub processes up and down, for `make` and for tests. */
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillCache } from './cache.ts';
import { addresses, type Environment, environmentOf, environmentText } from './environment.ts';
import { withLock } from './lock.ts';
import { portTrouble } from './port-holder.ts';
import { type Ports, portsOf } from './ports.ts';
import { portAnswers, until } from './probe.ts';
import { endProcess, launchDetached, recall, remember, residentBytes } from './process.ts';
import { profileOf } from './profile.ts';
import { secretsOf, writePrivate } from './secrets.ts';
import type { Server, Setting } from './server.ts';
import { serverNamed, servers } from './servers.ts';

export type State = 'up' | 'starting' | 'down' | 'external';

export type ServerStatus = {
  readonly name: string;
  readonly state: State;
  readonly ports: readonly number[];
  readonly pid?: number;
  readonly rssBytes?: number;
  readonly logFile: string;
};

export type Stack = {
  /** Starts what is not up and returns when all of it is ready. `only`: 'servers' for the four real ones, or names. */
  up(options?: { readonly only?: 'servers' | readonly string[] }): Promise<void>;
  /** Ends what this profile started, hub processes first; keeps data. */
  down(): Promise<void>;
  /** Down, and the profile's data and logs are gone. */
  reset(): Promise<void>;
  start(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  /** Sends the signal (SIGKILL unless told otherwise) and waits until the process is gone. */
  kill(name: string, signal?: NodeJS.Signals): Promise<void>;
  pidOf(name: string): number | undefined;
  /** Resident memory in bytes. */
  rssOf(name: string): number | undefined;
  status(): Promise<readonly ServerStatus[]>;
  env(): Environment;
  logFileOf(name: string): string;
  readonly ports: Ports;
};

export type StackOptions = {
  readonly profile?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly say?: (line: string) => void;
};

/** A server that has not ended this long after it was asked is killed. */
const graceMs = 15_000;

export function createStack({
  profile: name,
  environment: caller = process.env,
  say = () => {},
}: StackOptions = {}): Stack {
  const profile = profileOf(name ?? (caller.PROFILE || 'local'));
  const ports = portsOf(profile.name, caller);
  const environment = environmentOf(profile, ports, secretsOf(profile), caller);
  const setting: Setting = { profile, ports, environment, caller };

  const pidFile = (server: Server) => join(profile.run, `${server.name}.pid`);
  const logFile = (server: Server) => join(profile.logs, `${server.name}.log`);
  const locked = <T>(work: () => Promise<T>) => withLock(join(profile.run, 'lock'), say, work);
  const isExternal = ({ addressVariable: variable }: Server) =>
    variable !== undefined && environment[variable] !== addresses(ports)[variable];

  async function isUp(server: Server): Promise<boolean> {
    if (!recall(pidFile(server))?.ready) return false;
    if (server.kind === 'hub') return server.ready(setting);
    return portAnswers(ports[server.ports[0] as string] as number);
  }

  async function bringUp(wanted: readonly Server[]): Promise<void> {
    writePrivate(join(profile.home, 'env'), environmentText(environment));
    const ours = wanted.filter((server) => !isExternal(server));
    await Promise.all(wanted.filter(isExternal).map(furnishExternal));
    const states = await Promise.all(ours.map(isUp));
    const pending = ours.filter((_, index) => !states[index]);
    if (pending.length === 0) return say(`${ours.map((server) => server.name).join(', ')}: up`);
    const absent = pending.filter((server) => recall(pidFile(server)) === undefined);
    await assertPortsFree(absent);
    await fillCache(
      profile.cache,
      absent.flatMap((server) => server.downloads(setting)),
      say,
    );
    await inOrder(pending, startAndWait);
  }

  async function furnishExternal(server: Server): Promise<void> {
    const variable = server.addressVariable as string;
    await server.furnish?.(setting).catch((error: Error) => {
      throw new Error(`${server.name}, which ${variable} names, cannot be used: ${error.message}`, { cause: error });
    });
    say(`${server.name} is yours: ${variable} names it`);
  }

  async function assertPortsFree(absent: readonly Server[]): Promise<void> {
    const variables = absent.flatMap((server) => server.ports);
    const troubles = await Promise.all(variables.map((variable) => portTrouble(variable, ports[variable] as number)));
    const told = troubles.filter((trouble) => trouble !== undefined);
    if (told.length > 0) throw new Error(told.join('\n'));
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
    launchDetached(await server.prepare(setting), logFile(server), pidFile(server));
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

  async function takeDown(running: readonly Server[]): Promise<void> {
    await inOrder(running, takeDownOne, (server) => running.filter((other) => other.after.includes(server.name)));
  }

  async function takeDownOne(server: Server): Promise<void> {
    const pid = recall(pidFile(server))?.pid;
    const patienceMs = server.graceMs ?? graceMs;
    const insisted = await endProcess(pidFile(server), 'SIGTERM', patienceMs);
    if (pid !== undefined) say(`${server.name} is down${insisted ? ` (killed after ${patienceMs / 1000} s)` : ''}`);
  }

  async function statusOf(server: Server): Promise<ServerStatus> {
    const pid = recall(pidFile(server))?.pid;
    const state = isExternal(server)
      ? 'external'
      : pid === undefined
        ? 'down'
        : (await isUp(server))
          ? 'up'
          : 'starting';
    return {
      name: server.name,
      state,
      ports: server.ports.map((port) => ports[port] as number),
      pid,
      rssBytes: pid === undefined ? undefined : residentBytes(pid),
      logFile: logFile(server),
    };
  }

  const pidOf = (named: string) => recall(pidFile(serverNamed(named)))?.pid;

  return {
    up: ({ only } = {}) => locked(() => bringUp(selected(only))),
    down: () => locked(() => takeDown(servers)),
    reset: () =>
      locked(async () => {
        await takeDown(servers);
        for (const folder of [profile.data, profile.logs]) rmSync(folder, { recursive: true, force: true });
        say(`data and logs of profile ${profile.name} are gone`);
      }),
    start: (named) => locked(() => bringUp([serverNamed(named)])),
    stop: (named) => locked(() => takeDownOne(serverNamed(named))),
    kill: (named, signal = 'SIGKILL') =>
      locked(async () => {
        await endProcess(pidFile(serverNamed(named)), signal, graceMs);
      }),
    pidOf,
    rssOf: (named) => {
      const pid = pidOf(named);
      return pid === undefined ? undefined : residentBytes(pid);
    },
    status: () => Promise.all(servers.map(statusOf)),
    env: () => environment,
    logFileOf: (named) => logFile(serverNamed(named)),
    ports,
  };
}

function selected(only: 'servers' | readonly string[] | undefined): readonly Server[] {
  if (only === undefined) return servers;
  return only === 'servers' ? servers.filter((server) => server.kind === 'server') : only.map(serverNamed);
}

/** Runs `work` for each, side by side, but for none before those that it follows have done theirs. */
async function inOrder(
  chosen: readonly Server[],
  work: (server: Server) => Promise<void>,
  follows = (server: Server) => chosen.filter((other) => server.after.includes(other.name)),
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  const runOne = (server: Server): Promise<void> => {
    const already = running.get(server.name);
    if (already !== undefined) return already;
    const begun = Promise.all(follows(server).map(runOne)).then(() => work(server));
    running.set(server.name, begun);
    return begun;
  };
  const results = await Promise.allSettled(chosen.map(runOne));
  const reasons = new Set(results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : [])));
  if (reasons.size > 0) throw new Error([...reasons].map((reason) => reason.message).join('\n'));
}

async function lastLines(file: string, count: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
