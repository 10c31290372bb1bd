/** The door of the local stack: brings servers and hub processes up and down, for `make` and for tests. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fillCache } from './cache.ts';
import { addresses, type Environment, environmentOf, environmentText } from './environment.ts';
import { withLock } from './lock.ts';
import { downwards, inOrder, upwards } from './order.ts';
import { portTrouble } from './port-holder.ts';
import { type Ports, portsOf } from './ports.ts';
import { residentBytes } from './process.ts';
import { profileOf } from './profile.ts';
import { localRailsFile, railsFileOf } from './rails.ts';
import { secretsOf, writePrivate } from './secrets.ts';
import type { Server, Setting } from './server.ts';
import { serverNamed, servers } from './servers.ts';
import { createSupervisor } from './supervisor.ts';

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
  /** For hub processes alone. */
  readonly hub?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
};

export function createStack({
  profile: name,
  environment: caller = process.env,
  hub = {},
  say = () => {},
}: StackOptions = {}): Stack {
  const profile = profileOf(name ?? (caller.PROFILE || 'local'));
  const ports = portsOf(profile.name, caller);
  const environment = environmentOf(profile, ports, secretsOf(profile), caller);
  const setting: Setting = { profile, ports, environment, caller, hub };

  const supervisor = createSupervisor(setting, say);
  const locked = <T>(work: () => Promise<T>) => withLock(join(profile.run, 'lock'), say, work);
  const isExternal = ({ addressVariable: variable }: Server) =>
    variable !== undefined && environment[variable] !== addresses(ports)[variable];

  async function bringUp(wanted: readonly Server[]): Promise<void> {
    writePrivate(join(profile.home, 'env'), environmentText(environment));
    writePrivate(railsFileOf(profile), localRailsFile());
    const ours = wanted.filter((server) => !isExternal(server));
    await Promise.all(wanted.filter(isExternal).map(furnishExternal));
    const states = await Promise.all(ours.map(supervisor.isUp));
    const pending = ours.filter((_, index) => !states[index]);
    if (pending.length === 0) return say(`${ours.map((server) => server.name).join(', ')}: up`);
    const absent = pending.filter((server) => supervisor.processOf(server) === undefined);
    await assertPortsFree(absent);
    await fillCache(
      profile.cache,
      absent.flatMap((server) => server.downloads(setting)),
      say,
    );
    await inOrder(pending, supervisor.start, upwards(pending));
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

  const takeDown = () => inOrder(servers, (server) => supervisor.end(server), downwards(servers));

  async function statusOf(server: Server): Promise<ServerStatus> {
    const pid = supervisor.processOf(server)?.pid;
    const state = isExternal(server)
      ? 'external'
      : pid === undefined
        ? 'down'
        : (await supervisor.isUp(server))
          ? 'up'
          : 'starting';
    return {
      name: server.name,
      state,
      ports: server.ports.map((port) => ports[port] as number),
      pid,
      rssBytes: pid === undefined ? undefined : residentBytes(pid),
      logFile: supervisor.logFileOf(server),
    };
  }

  const pidOf = (named: string) => supervisor.processOf(serverNamed(named))?.pid;

  return {
    up: ({ only } = {}) => locked(() => bringUp(selected(only))),
    down: () => locked(takeDown),
    reset: () =>
      locked(async () => {
        await takeDown();
        for (const folder of [profile.data, profile.logs]) rmSync(folder, { recursive: true, force: true });
        say(`data and logs of profile ${profile.name} are gone`);
      }),
    start: (named) => locked(() => bringUp([serverNamed(named)])),
    stop: (named) => locked(() => supervisor.end(serverNamed(named))),
    kill: (named, signal = 'SIGKILL') => locked(() => supervisor.end(serverNamed(named), signal)),
    pidOf,
    rssOf: (named) => {
      const pid = pidOf(named);
      return pid === undefined ? undefined : residentBytes(pid);
    },
    status: () => Promise.all(servers.map(statusOf)),
    env: () => environment,
    logFileOf: (named) => supervisor.logFileOf(serverNamed(named)),
    ports,
  };
}

function selected(only: 'servers' | readonly string[] | undefined): readonly Server[] {
  if (only === undefined) return servers;
  return only === 'servers' ? servers.filter((server) => server.kind === 'server') : only.map(serverNamed);
}
