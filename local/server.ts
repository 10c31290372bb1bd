/** What the stack knows of each thing it starts: a real server or one of the hub's processes. */
import type { DownloadName } from './downloads.ts';
import type { Environment } from './environment.ts';
import type { Ports } from './ports.ts';
import type { Launch } from './process.ts';
import type { Profile } from './profile.ts';

export type Setting = {
  readonly profile: Profile;
  readonly ports: Ports;
  /** What hub processes get; servers take their keys from here. */
  readonly environment: Environment;
  /** The environment of whoever runs us: JAVA_HOME, PATH, ZEEBE_PARTITIONS, ZEEBE_DISK_FREE, ZEEBE_JAVA_OPTS. */
  readonly caller: NodeJS.ProcessEnv;
  /** What hub processes get otherwise than the rest, such as addresses of something that stands before the servers. */
  readonly hub: Readonly<Record<string, string>>;
};

export type Server = {
  readonly name: string;
  readonly kind: 'server' | 'hub';
  /** Variables of its ports, the one that people use first. */
  readonly ports: readonly string[];
  /** Started only when these are ready, stopped before them. */
  readonly after: readonly string[];
  /** A caller who names another address in this variable brings their own server. */
  readonly addressVariable?: 'ZEEBE_ADDRESS' | 'KAFKA_BROKERS' | 'MONGODB_URI' | 'S3_ENDPOINT' | 'OIDC_ISSUER';
  downloads(setting: Setting): readonly DownloadName[];
  /** Writes its config files and says how it is started. */
  prepare(setting: Setting): Promise<Launch>;
  /** Makes what the hub needs in it (topic, bucket) if it is missing; done for a server that is not ours too. */
  furnish?(setting: Setting): Promise<void>;
  /** One look: is it ready, and furnished? False or a throw means not yet. */
  ready(setting: Setting): Promise<boolean>;
  /** Longer than the slowest start seen on a busy machine. */
  readonly startTimeoutMs: number;
  /** Killed when it has not ended this long after it was asked; 15 s unless told otherwise. */
  readonly graceMs?: number;
};
