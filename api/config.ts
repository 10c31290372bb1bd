/** The API's configuration. It refuses to start where a stranger could reach it without signing in. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { NoticeChannel } from '../domain/notice.ts';
import {
  ConfigError,
  type Env,
  type Reader,
  readConfig,
  readKeySecrets,
  readNoticeChannels,
  readServers,
  type Servers,
} from '../platform/config.ts';
import type { KeySecrets } from '../store/keyring.ts';
import type { AdmissionLimits } from './admission.ts';
import { type AuthConfig, readAuthConfig } from './auth-config.ts';

export type ApiConfig = Pick<Servers, 'mongodbUri' | 's3' | 'zeebeAddress'> & {
  readonly host: string;
  readonly port: number;
  readonly auth: AuthConfig;
  /** Proxies before the hub: how many, or which addresses. */
  readonly trustProxy: number | readonly string[];
  /** Requests of one client, and of strangers from one address. */
  readonly rates: Readonly<Record<'callers' | 'strangers', { readonly perSecond: number; readonly burst: number }>>;
  readonly hubSecret: string;
  readonly keySecrets: KeySecrets;
  readonly sampleTenants: boolean;
  readonly limits: { readonly fileBytes: number; readonly rows: number };
  readonly admission: AdmissionLimits;
  readonly linkSeconds: number;
  readonly recountEvery: string;
  readonly personalDataKeep: string;
  readonly noticeChannels: readonly NoticeChannel[];
  readonly logLevel: string;
  /** RSA private key in PEM. */
  readonly signingKey?: string;
};

/** Throws ConfigError that lists all that is wrong. */
export function readApiConfig(env: Env): ApiConfig {
  const reader = readConfig(env);
  const { mongodbUri, s3, zeebeAddress } = readServers(reader);
  const host = reader.optional('API_HOST') ?? '127.0.0.1';
  const config = {
    mongodbUri,
    s3,
    zeebeAddress,
    host,
    port: reader.whole('API_PORT', 8090, 0, 65_535),
    auth: readAuthConfig(reader, host),
    trustProxy: trustProxy(reader),
    rates: {
      callers: rate(reader, 'RATE_LIMIT', 500),
      strangers: rate(reader, 'RATE_LIMIT_STRANGERS', 10),
    },
    keySecrets: readKeySecrets(reader),
    hubSecret: reader.optional('HUB_SECRET') ?? '',
    sampleTenants: reader.flag('SAMPLE_TENANTS', false),
    limits: {
      fileBytes: reader.whole('MAX_FILE_BYTES', 1024 ** 3, 1, 48 * 1024 ** 3),
      rows: reader.whole('MAX_ROWS', 2_000_000, 1, 10_000_000),
    },
    admission: {
      batchesWaiting: reader.whole('BATCHES_WAITING_MAX', 1_000, 1, 1_000_000),
      batchesWaitingOfTenant: reader.whole('BATCHES_WAITING_OF_TENANT_MAX', 200, 1, 1_000_000),
      transfersWaiting: reader.whole('TRANSFERS_WAITING_MAX', 5_000, 1, 1_000_000),
      transfersWaitingOfTenant: reader.whole('TRANSFERS_WAITING_OF_TENANT_MAX', 1_000, 1, 1_000_000),
      uploadsAtOnce: reader.whole('UPLOADS_AT_ONCE_MAX', 32, 1, 10_000),
      memoryBytes: reader.whole('MEMORY_MAX_BYTES', 512 * 1024 ** 2, 64 * 1024 ** 2, 64 * 1024 ** 3),
    },
    linkSeconds: Math.ceil(reader.duration('LINK_LIFETIME', '1h') / 1_000),
    recountEvery: reader.optional('RECOUNT_EVERY') ?? '60s',
    personalDataKeep: reader.optional('PERSONAL_DATA_KEEP') ?? '1825d',
    noticeChannels: readNoticeChannels(reader),
    logLevel: reader.optional('LOG_LEVEL') ?? 'info',
    signingKey: readSigningKey(reader.optional('SIGNING_KEY_FILE')),
  };
  reader.duration('RECOUNT_EVERY', '60s');
  reader.duration('PERSONAL_DATA_KEEP', '1825d');
  reader.done();
  return config;
}

/** Throws ConfigError where the file is not there or holds no private key; says nothing of what it holds. */
function readSigningKey(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const pem = readFileSync(file, 'utf8');
    if (createPrivateKey(pem).asymmetricKeyType === 'rsa') return pem;
  } catch {
    throw new ConfigError(`SIGNING_KEY_FILE cannot be read, or holds no RSA private key in PEM: ${file}`);
  }
  throw new ConfigError('SIGNING_KEY_FILE holds a key that is no RSA key');
}

/** Per second; twice of it may come at once. */
function rate(reader: Reader, name: string, initial: number) {
  const perSecond = reader.whole(name, initial, 1, 1_000_000);
  return { perSecond, burst: 2 * perSecond };
}

function trustProxy(reader: Reader): number | readonly string[] {
  const words = (reader.optional('TRUST_PROXY') ?? '').split(',').flatMap((word) => word.trim() || []);
  if (words.length === 1 && /^\d$/.test(words[0]!)) return Number(words[0]);
  const wrong = words.filter((word) => !/^(loopback|linklocal|uniquelocal|[\da-f.:]+(\/\d{1,3})?)$/i.test(word));
  if (wrong.length > 0) {
    reader.problem(
      'TRUST_PROXY is neither a number of proxies up to 9 nor networks by commas, such as loopback, 10.0.0.0/8',
    );
  }
  return words;
}
