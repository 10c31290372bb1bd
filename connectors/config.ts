/** What the connectors' process reads from its environment. */
import {
  ConfigError,
  type Env,
  readConfig,
  readKeySecrets,
  readServers,
  readWindows,
  type Servers,
} from '../platform/config.ts';
import type { KeySecrets } from '../store/keyring.ts';
import type { Windows } from '../store/sub-batches.ts';

export type ConnectorsConfig = {
  readonly servers: Servers;
  readonly keySecrets: KeySecrets;
  readonly host: string;
  readonly port: number;
  /** Where rails reach our callbacks. */
  readonly callbackBaseUrl: string;
  readonly secret: string;
  readonly logLevel: string;
  readonly leaseMs: number;
  readonly windows: Windows;
  readonly inFlightMax: number;
  /** Limits of AIMD; the least while one tenant is alone is another. */
  readonly startsAtOnceMin: number;
  readonly startsAtOnceAloneMin: number;
  readonly startsAtOnceMax: number;
  /** A job that was ready for longer slows the starts down: while several tenants have payments, and while one is alone. */
  readonly jobWaitMaxMs: number;
  readonly jobWaitAloneMaxMs: number;
  /** Sub-batches of one rail in hand at once, per process. */
  readonly subBatchesInHandMax: number;
  /** How often rails are asked what came back, and how long after a payment its money may. */
  readonly returnsEveryMs: number;
  readonly returnsWithinMs: number;
};

export function readConnectorsConfig(env: Env): ConnectorsConfig {
  const reader = readConfig(env);
  const config: ConnectorsConfig = {
    servers: readServers(reader),
    keySecrets: readKeySecrets(reader),
    host: reader.optional('CONNECTORS_HOST') ?? '127.0.0.1',
    port: reader.whole('CONNECTORS_PORT', 8092, 0, 65_535),
    callbackBaseUrl: reader.text(
      'CALLBACK_BASE_URL',
      'where rails reach this process, such as https://callbacks.example.org',
    ),
    secret: reader.optional('HUB_SECRET') ?? '',
    logLevel: reader.optional('LOG_LEVEL') ?? 'info',
    leaseMs: reader.duration('CLAIM_LEASE', '20s'),
    windows: readWindows(reader),
    inFlightMax: reader.whole('RAIL_IN_FLIGHT_MAX', 1_000, 100, 100_000),
    startsAtOnceMin: reader.whole('STARTS_AT_ONCE_MIN', 8, 1, 1_000),
    startsAtOnceAloneMin: reader.whole('STARTS_AT_ONCE_ALONE_MIN', 64, 1, 10_000),
    startsAtOnceMax: reader.whole('STARTS_AT_ONCE_MAX', 128, 1, 10_000),
    jobWaitMaxMs: reader.whole('JOB_WAIT_MAX_MS', 60, 10, 60_000),
    jobWaitAloneMaxMs: reader.whole('JOB_WAIT_ALONE_MAX_MS', 1_000, 10, 60_000),
    subBatchesInHandMax: reader.whole('SUB_BATCHES_IN_HAND_MAX', 1_000, 1, 100_000),
    returnsEveryMs: reader.duration('RETURNS_EVERY', '60s'),
    returnsWithinMs: reader.duration('RETURNS_WITHIN', '60d'),
  };
  reader.done();
  const { startsAtOnceMin, startsAtOnceAloneMin, startsAtOnceMax } = config;
  if (startsAtOnceMin > startsAtOnceMax) throw new ConfigError('STARTS_AT_ONCE_MIN is above STARTS_AT_ONCE_MAX');
  if (startsAtOnceAloneMin > startsAtOnceMax) {
    throw new ConfigError('STARTS_AT_ONCE_ALONE_MIN is above STARTS_AT_ONCE_MAX');
  }
  return config;
}
