/** Configuration from the environment, checked at start: what is missing or misshapen is said all at once. */
import { readFileSync } from 'node:fs';
import { type NoticeChannel, noticeChannels } from '../domain/notice.ts';
import { durationMs } from '../domain/switches.ts';

export type Env = Readonly<Record<string, string | undefined>>;

const fileEnding = '_FILE';

export class ConfigError extends Error {
  override name = 'ConfigError';
}

export type Reader = {
  /** A text that must be there. */
  text(name: string, meaning: string): string;
  optional(name: string): string | undefined;
  /** A whole number in [min, max], or the default. */
  whole(name: string, initial: number, min: number, max: number): number;
  /** Milliseconds of a duration such as `30s`. */
  duration(name: string, initial: string): number;
  flag(name: string, initial: boolean): boolean;
  /** Values under a prefix, the rest of the name in lower case: RAIL_SLCB_URL → { url }. */
  under(prefix: string): Record<string, string>;
  /** Adds something else that is wrong. */
  problem(text: string): void;
  /** Throws ConfigError that lists all that is wrong. */
  done(): void;
};

/** A secret may stand in a file, as a cluster mounts it: NAME_FILE names the file where NAME is not set. */
export function readConfig(env: Env): Reader {
  const problems: string[] = [];
  const valueNamed = valueReader(env, problems);
  return {
    text(name, meaning) {
      const value = valueNamed(name);
      if (!value) problems.push(`${name} is not set: ${meaning}`);
      return value ?? '';
    },
    optional: valueNamed,
    whole(name, initial, min, max) {
      const text = valueNamed(name);
      if (!text) return initial;
      const value = Number(text);
      if (Number.isInteger(value) && value >= min && value <= max) return value;
      problems.push(`${name} is not a whole number from ${min} to ${max}`);
      return initial;
    },
    duration(name, initial) {
      try {
        return durationMs(valueNamed(name) ?? initial);
      } catch {
        problems.push(`${name} is not a duration such as 30s, 15m, 24h, 7d`);
        return durationMs(initial);
      }
    },
    flag(name, initial) {
      const text = valueNamed(name)?.toLowerCase();
      if (!text) return initial;
      if (['on', 'true', 'yes', '1'].includes(text)) return true;
      if (!['off', 'false', 'no', '0'].includes(text)) problems.push(`${name} is neither on nor off`);
      return false;
    },
    under(prefix) {
      const given = Object.keys(env).filter((name) => name.startsWith(prefix) && env[name]);
      const names = new Set(given.map((name) => name.replace(/_FILE$/, '')));
      return Object.fromEntries(
        [...names].flatMap((name) => {
          const value = valueNamed(name);
          return value === undefined ? [] : [[name.slice(prefix.length).toLowerCase(), value]];
        }),
      );
    },
    problem: (text) => void problems.push(text),
    done() {
      if (problems.length > 0) throw new ConfigError(`configuration is not usable:\n  ${problems.join('\n  ')}`);
    },
  };
}

/** The secrets that wrap keys of personal data: the first wraps new ones, the others open what they wrapped before. */
export function readKeySecrets(reader: Reader): [string, ...string[]] {
  const hubSecret = reader.text('HUB_SECRET', 'from which keys are derived; 32 random characters or more');
  const before = reader.optional('KEY_SECRETS_BEFORE')?.split(',') ?? [];
  return [reader.optional('KEY_SECRET') ?? hubSecret, ...before.map((secret) => secret.trim()).filter(Boolean)];
}

/** Sub-batches of a tenant on a rail at once, by the rail's type. Whoever lets them go has the same. */
export function readWindows(reader: Reader): { readonly BULK: number; readonly PAYMENT: number } {
  return {
    BULK: reader.whole('BULK_SUB_BATCH_WINDOW', 3, 1, 1_000),
    PAYMENT: reader.whole('SUB_BATCH_WINDOW', 8, 1, 1_000),
  };
}

/** Over which channels payees can be told anything. */
export function readNoticeChannels(reader: Reader): NoticeChannel[] {
  const named = reader.optional('NOTIFY_CHANNELS')?.split(',') ?? [];
  const words = named.map((word) => word.trim()).filter(Boolean);
  const unknown = words.filter((word) => !(noticeChannels as readonly string[]).includes(word));
  if (unknown.length > 0)
    reader.problem(
      `NOTIFY_CHANNELS names ${unknown.join(', ')}: write some of ${noticeChannels.join(', ')}, by commas`,
    );
  return noticeChannels.filter((channel) => words.includes(channel));
}

/** The value of a variable, or what stands in the file that NAME_FILE names; only of names that are asked for, others are not ours. */
function valueReader(env: Env, problems: string[]): (name: string) => string | undefined {
  return (name) => {
    const value = env[name]?.trim();
    const file = env[name + fileEnding]?.trim();
    if (!file) return value || undefined;
    if (value) problems.push(`${name} and ${name}${fileEnding} are both set: leave one of them out`);
    try {
      return readFileSync(file, 'utf8').trim() || undefined;
    } catch (error) {
      problems.push(`${name}${fileEnding} names no file that can be read (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  };
}

/** Where the four servers are; shared by every process. */
export type Servers = {
  readonly mongodbUri: string;
  readonly s3: {
    readonly endpoint: string;
    readonly accessKey: string;
    readonly secretKey: string;
    readonly bucket: string;
    readonly region: string;
  };
  readonly kafkaBrokers: readonly string[];
  readonly zeebeAddress: string;
};

export function readServers(reader: Reader): Servers {
  return {
    mongodbUri: reader.text('MONGODB_URI', 'where MongoDB is, with the database: mongodb://host:27017/tributary'),
    s3: {
      endpoint: reader.text('S3_ENDPOINT', 'where S3 is, such as http://127.0.0.1:8333'),
      accessKey: reader.text('S3_ACCESS_KEY', 'the access key of S3'),
      secretKey: reader.text('S3_SECRET_KEY', 'the secret key of S3'),
      bucket: reader.text('S3_BUCKET', 'the one bucket that holds every file'),
      region: reader.optional('S3_REGION') ?? 'us-east-1',
    },
    kafkaBrokers: reader.text('KAFKA_BROKERS', 'addresses of Kafka, by commas').split(',').filter(Boolean),
    zeebeAddress: reader.text('ZEEBE_ADDRESS', "the gRPC address of Zeebe's gateway, such as 127.0.0.1:26500"),
  };
}
