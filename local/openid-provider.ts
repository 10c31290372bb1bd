/** The sign-in server's process: sample people and machines of the profile, on loopback. A hub in earnest uses the provider of its house. */
import { readFileSync } from 'node:fs';
import { readConfig } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { createOpenIdProvider } from './openid/provider.ts';

const log = createLog('openid', process.env.LOG_LEVEL);

try {
  const reader = readConfig(process.env);
  const port = reader.whole('OPENID_PORT', 8094, 0, 65_535);
  const options = {
    issuer: reader.text('OIDC_ISSUER', 'the address of this server'),
    audience: reader.text('OIDC_AUDIENCE', 'the name of the hub in tokens'),
    hubUrl: reader.text('PUBLIC_URL', 'where people reach the hub'),
    secret: reader.text('OPENID_SECRET', 'from which the secrets of clients are derived'),
    password: reader.text('SAMPLE_PASSWORD', 'the password of the sample people'),
    isForTests: reader.flag('OPENID_ANY_TENANT', false),
  };
  const keyFile = reader.text('OPENID_KEY', 'the file of the key that signs tokens');
  reader.done();
  const onError = (error: unknown) => log.error('request failed', { error });
  const server = createOpenIdProvider({ ...options, key: readFileSync(keyFile, 'utf8'), onError });
  server.once('error', (error) => fail('openid did not start', error));
  server.listen(port, '127.0.0.1', () => log.info('openid started', { port }));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeAllConnections();
    });
  }
} catch (error) {
  fail('openid did not start', error);
}

function fail(event: string, error: unknown): void {
  log.error(event, { error });
  process.exit(1);
}
