import { expect, test } from 'vitest';
import { readConfig } from '../../platform/config.ts';
import { silentLog } from '../../platform/log.ts';
import { openChannels, readNotices } from './config.ts';

function read(env: Record<string, string>) {
  const reader = readConfig(env);
  const config = readNotices(reader);
  reader.done();
  return config;
}

const email = {
  NOTIFY_CHANNELS: 'email',
  SMTP_URL: 'smtp://127.0.0.1:2525',
  NOTICE_FROM: 'Hub <no-reply@hub.example.org>',
};

test('a hub that names no channel has none, whatever else is set', async () => {
  expect(openChannels(read({}), { log: silentLog })).toEqual([]);
  expect(openChannels(read({ ...email, NOTIFY_CHANNELS: '' }), { log: silentLog })).toEqual([]);
});

test('a channel that is named is opened with its limits; what it lacks is told by the names of the variables, without a password', async () => {
  const env = {
    ...email,
    NOTIFY_CHANNELS: 'sms, email',
    SMS_GATEWAY_URL: 'http://127.0.0.1:1',
    SMS_RATE_PER_SECOND: '3',
  };
  const channels = openChannels(read(env), { log: silentLog });
  expect(channels.map(({ id, limits }) => [id, limits.ratePerSecond])).toEqual([
    ['email', 10],
    ['sms', 3],
  ]);
  await Promise.all(channels.map((channel) => channel.close()));
  expect(() => read({ NOTIFY_CHANNELS: 'email,sms' })).toThrow(
    /NOTICE_FROM is not set[\s\S]*SMTP_URL is not set[\s\S]*SMS_GATEWAY_URL is not set/,
  );
  expect(() => read({ NOTIFY_CHANNELS: 'fax' })).toThrow(
    'NOTIFY_CHANNELS names fax: write some of email, sms, by commas',
  );
  expect(() => read({ ...email, NOTICE_FROM: 'Hub' })).toThrow('NOTICE_FROM is no address');
  const wrong = read({ ...email, SMTP_URL: 'http://user:secret@mail' });
  expect(() => openChannels(wrong, { log: silentLog })).toThrow(/^(?!.*secret).*smtp/);
});
