/** The environment that hub processes, tests and the demo get: where everything listens and with which keys. */
import { join } from 'node:path';
import { railVariable } from '../connectors/rail-variables.ts';
import { clientSecretOf, consoleClient } from './openid/sample-people.ts';
import type { Ports } from './ports.ts';
import type { Profile } from './profile.ts';
import { localRails, railsFileOf, simulatorPortVariable } from './rails.ts';
import { type Secrets, secretVariables } from './secrets.ts';

export type Environment = Readonly<Record<string, string>>;

/** All values for a profile; those that the caller's environment names too are the caller's. */
export function environmentOf(
  profile: Profile,
  ports: Ports,
  secrets: Secrets,
  caller: NodeJS.ProcessEnv,
): Environment {
  const own = {
    ...addresses(ports),
    ...settings(profile),
    ...secretVariables(profile, secrets),
    OIDC_CLIENT_SECRET: clientSecretOf(secrets.OPENID_SECRET ?? '', consoleClient),
    ...rails(ports),
  };
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, caller[name] || value]));
}

/** As KEY=VALUE lines. */
export function environmentText(environment: Environment): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Where our own four servers listen; a caller's other value for one of them means a server that is not ours. */
export function addresses(ports: Ports) {
  return {
    ZEEBE_ADDRESS: `127.0.0.1:${ports.ZEEBE_PORT}`,
    KAFKA_BROKERS: `127.0.0.1:${ports.KAFKA_PORT}`,
    MONGODB_URI: `mongodb://127.0.0.1:${ports.MONGO_PORT}/tributary?replicaSet=rs0`,
    S3_ENDPOINT: `http://127.0.0.1:${ports.S3_PORT}`,
    API_PORT: String(ports.API_PORT),
    WORKERS_PORT: String(ports.WORKERS_PORT),
    CONNECTORS_PORT: String(ports.CONNECTORS_PORT),
    MONITORING_PORT: String(ports.MONITORING_PORT),
    OPENID_PORT: String(ports.OPENID_PORT),
    MESSAGES_PORT: String(ports.MESSAGES_PORT),
    SMTP_PORT: String(ports.SMTP_PORT),
    SMTP_URL: `smtp://127.0.0.1:${ports.SMTP_PORT}`,
    SMS_GATEWAY_URL: `http://127.0.0.1:${ports.MESSAGES_PORT}`,
    OIDC_ISSUER: `http://127.0.0.1:${ports.OPENID_PORT}`,
    PUBLIC_URL: `http://127.0.0.1:${ports.API_PORT}`,
    CALLBACK_BASE_URL: `http://127.0.0.1:${ports.CONNECTORS_PORT}`,
  };
}

/** The hub as the local sign-in server knows it. */
const audience = 'urn:tributary:hub';
const openId = { OIDC_AUDIENCE: audience, OIDC_RESOURCE: audience, OIDC_CLIENT_ID: consoleClient };

function settings(profile: Profile): Record<string, string> {
  return {
    S3_BUCKET: 'tributary',
    S3_REGION: 'us-east-1',
    API_HOST: '127.0.0.1',
    AUTH: 'oidc',
    ...openId,
    // Who may ask for anybody's token is there for tests and benchmarks alone.
    OPENID_ANY_TENANT: profile.name === 'local' ? 'off' : 'on',
    SAMPLE_TENANTS: 'on',
    NOTIFY_CHANNELS: 'email,sms',
    NOTICE_FROM: 'Tributary <no-reply@hub.example.org>',
    // Nobody is annoyed by a local server that is asked again soon.
    NOTICE_PAUSE: '1s',
    SIMULATORS_DIR: join(profile.data, 'simulators'),
    RAILS_FILE: railsFileOf(profile),
    LOG_LEVEL: 'info',
    // A laptop's disk: a day, and some twenty thousand payments of PAYMENT rails.
    MONITORING_TOPIC_RETENTION: '24h',
    MONITORING_TOPIC_MAX_BYTES: String(1024 ** 3),
    // The simulators answer at once or never, so that a laptop need not wait as long as a bank's line would ask for.
    CLAIM_LEASE: '10s',
    RETURNS_EVERY: '2s',
    ...Object.fromEntries(
      localRails.flatMap(({ id }) => [
        [railVariable(id, 'timeout_ms'), '5000'],
        [railVariable(id, 'never_received_ms'), '5000'],
      ]),
    ),
  };
}

function rails(ports: Ports): Record<string, string> {
  const entries = localRails.flatMap((rail) => {
    const variable = simulatorPortVariable(rail.id);
    const port = String(ports[variable]);
    return [
      [variable, port],
      [railVariable(rail.id, 'url'), `http://127.0.0.1:${port}`],
    ];
  });
  return Object.fromEntries(entries);
}
