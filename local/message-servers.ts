/** The process of the local mail server and SMS gateway. A hub in earnest uses those of its house. */
import { join } from 'node:path';
import { readConfig } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { openKeptMessages } from './messages/kept-messages.ts';
import { createMailServer } from './messages/mail-server.ts';
import { createSmsGateway } from './messages/sms-gateway.ts';

const log = createLog('messages', process.env.LOG_LEVEL);

try {
  const reader = readConfig(process.env);
  const gatewayPort = reader.whole('MESSAGES_PORT', 8095, 0, 65_535);
  const mailPort = reader.whole('SMTP_PORT', 8096, 0, 65_535);
  const dir = join(reader.text('SIMULATORS_DIR', 'where the simulators keep what they took'), 'messages');
  reader.done();
  const kept = openKeptMessages(dir);
  const mail = createMailServer(kept, (error) => log.info('mail connection ended', { error }));
  const gateway = createSmsGateway(kept);
  gateway.once('error', (error) => fail('messages did not start', error));
  // The gateway answers that it is ready, so it comes last.
  mail.listen(mailPort, '127.0.0.1', () => {
    gateway.listen(gatewayPort, '127.0.0.1', () => log.info('messages started', { gatewayPort, mailPort }));
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
} catch (error) {
  fail('messages did not start', error);
}

function fail(event: string, error: unknown): void {
  log.error(event, { error });
  process.exit(1);
}
