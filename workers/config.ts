/** What the workers' process reads from its environment. */
import {
  type Env,
  type Reader,
  readConfig,
  readKeySecrets,
  readServers,
  readWindows,
  type Servers,
} from '../platform/config.ts';
import type { KeySecrets } from '../store/keyring.ts';
import type { Windows } from '../store/sub-batches.ts';
import type { AlertLimits } from './alerting/findings.ts';
import { type NoticesConfig, readNotices } from './notices/config.ts';

export type AlertsConfig = {
  readonly everyMs: number;
  readonly repeatMs: number;
  readonly limits: AlertLimits;
  /** Where every alert goes, signed with the secret. */
  readonly operator?: { readonly url: string; readonly secret: string };
};

export type WorkersConfig = {
  readonly servers: Servers;
  readonly keySecrets: KeySecrets;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly logLevel: string;
  readonly modelsFolder: string;
  readonly rowsMax: number;
  /** Sub-batches of one tenant on one rail under way at once. */
  readonly windows: Windows;
  /** A file beyond this is a large one, and so many of those are walked through at once, per process. */
  readonly largeBytes: number;
  readonly largeAtOnce: number;
  readonly webhookTimeoutMs: number;
  readonly outboxLeaseMs: number;
  readonly auditAnchorEveryMs: number;
  readonly auditVerifyEveryMs: number;
  readonly ledgerCheckEveryMs: number;
  readonly alerts: AlertsConfig;
  readonly personalDataKeepMs: number;
  readonly eraseEveryMs: number;
  readonly notices: NoticesConfig;
};

export function readWorkersConfig(env: Env): WorkersConfig {
  const reader = readConfig(env);
  const config: WorkersConfig = {
    servers: readServers(reader),
    keySecrets: readKeySecrets(reader),
    host: reader.optional('WORKERS_HOST') ?? '127.0.0.1',
    port: reader.whole('WORKERS_PORT', 8091, 0, 65_535),
    publicUrl: reader.text('PUBLIC_URL', 'where callers reach the API, such as https://hub.example.org'),
    logLevel: reader.optional('LOG_LEVEL') ?? 'info',
    modelsFolder: reader.optional('MODELS_FOLDER') ?? 'bpmn',
    rowsMax: reader.whole('MAX_ROWS', 2_000_000, 1, 10_000_000),
    windows: readWindows(reader),
    largeBytes: reader.whole('LARGE_BATCH_BYTES', 2 * 1024 * 1024, 1, 48 * 1024 ** 3),
    largeAtOnce: reader.whole('LARGE_BATCHES_AT_ONCE', 2, 1, 100),
    webhookTimeoutMs: reader.duration('WEBHOOK_TIMEOUT', '10s'),
    // Longer than a webhook's time-out, or two relays would post the same event side by side.
    outboxLeaseMs: reader.duration('OUTBOX_LEASE', '30s'),
    // Five years are what most laws against money laundering ask for (FATF Recommendation 11).
    personalDataKeepMs: reader.duration('PERSONAL_DATA_KEEP', '1825d'),
    eraseEveryMs: reader.duration('ERASE_EVERY', '1h'),
    auditVerifyEveryMs: reader.duration('AUDIT_VERIFY_EVERY', '10m'),
    // Every posting is read: seldom enough to cost nothing, often enough that a day's work can be looked through.
    ledgerCheckEveryMs: reader.duration('LEDGER_CHECK_EVERY', '6h'),
    alerts: readAlerts(reader),
    notices: readNotices(reader),
    auditAnchorEveryMs: reader.duration('AUDIT_ANCHOR_EVERY', '5m'),
  };
  reader.done();
  return config;
}

function readAlerts(reader: Reader): AlertsConfig {
  const url = reader.optional('ALERT_WEBHOOK_URL');
  const secret = url === undefined ? '' : reader.text('ALERT_WEBHOOK_SECRET', 'signs what goes to ALERT_WEBHOOK_URL');
  return {
    everyMs: reader.duration('ALERT_EVERY', '30s'),
    repeatMs: reader.duration('ALERT_REPEAT', '6h'),
    limits: {
      batchStalledMs: reader.duration('ALERT_BATCH_STALLED', '30m'),
      unknownMs: reader.duration('ALERT_UNKNOWN_AGE', '1h'),
      circuitOpenMs: reader.duration('ALERT_CIRCUIT_OPEN', '2m'),
      outboxMs: reader.duration('ALERT_OUTBOX_AGE', '2m'),
    },
    ...(url !== undefined && { operator: { url, secret } }),
  };
}
