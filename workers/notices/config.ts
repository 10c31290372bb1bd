/** Which channels of notices this hub has and what they bear, from the environment; and their opening. */
import { type NoticeChannel, noticeChannels } from '../../domain/notice.ts';
import { type Reader, readNoticeChannels } from '../../platform/config.ts';
import { createRailHttp, type RailHttpOptions } from '../../platform/http.ts';
import { createSmtp, type SmtpOptions } from '../../platform/smtp.ts';
import type { Channel, ChannelLimits } from './channel.ts';
import { emailChannel } from './email.ts';
import { type GatewayTerms, jsonSmsGateway } from './json-sms-gateway.ts';

export type NoticesConfig = {
  readonly email?: Omit<SmtpOptions, 'connections' | 'timeoutMs'> & { readonly limits: ChannelLimits };
  readonly sms?: { readonly url: string; readonly terms: GatewayTerms; readonly limits: ChannelLimits };
  readonly lifeMs: number;
  readonly pauseMs: number;
};

export function readNotices(reader: Reader): NoticesConfig {
  const channels = readNoticeChannels(reader);
  return {
    ...(channels.includes('email') && { email: readEmail(reader) }),
    ...(channels.includes('sms') && { sms: readSms(reader) }),
    lifeMs: reader.duration('NOTICE_LIFE', '24h'),
    pauseMs: reader.duration('NOTICE_PAUSE', '30s'),
  };
}

function readEmail(reader: Reader): NonNullable<NoticesConfig['email']> {
  const from = reader.text('NOTICE_FROM', 'whom e-mail comes from, such as Hub <no-reply@hub.example.org>');
  if (from !== '' && !/^[^<>\p{Cc}]*<?[^\s<>@]+@[^\s<>@]+>?$/u.test(from)) {
    reader.problem('NOTICE_FROM is no address such as Hub <no-reply@hub.example.org>');
  }
  return {
    url: reader.text('SMTP_URL', 'the mail server, such as smtp://user:password@mail.example.org:587'),
    from,
    isTlsOptional: reader.flag('SMTP_PLAIN', false),
    limits: readLimits(reader, 'EMAIL'),
  };
}

function readSms(reader: Reader): NonNullable<NoticesConfig['sms']> {
  return {
    url: reader.text('SMS_GATEWAY_URL', 'the SMS gateway, such as https://sms.example.org/v1'),
    terms: { token: reader.optional('SMS_GATEWAY_TOKEN'), sender: reader.optional('SMS_SENDER') },
    limits: readLimits(reader, 'SMS'),
  };
}

function readLimits(reader: Reader, prefix: string): ChannelLimits {
  return {
    ratePerSecond: reader.whole(`${prefix}_RATE_PER_SECOND`, 10, 1, 1_000),
    concurrency: reader.whole(`${prefix}_CONCURRENCY`, 4, 1, 100),
    timeoutMs: reader.duration(`${prefix}_TIMEOUT`, '30s'),
  };
}

/** Throws RangeError where an address is none. */
export function openChannels({ email, sms }: NoticesConfig, tools: Pick<RailHttpOptions, 'log'>): Channel[] {
  const opened: { readonly [id in NoticeChannel]: Channel | undefined } = {
    email: email && openEmail(email),
    sms: sms && openSms(sms, tools),
  };
  return noticeChannels.flatMap((id) => opened[id] ?? []);
}

function openEmail({ limits, ...where }: NonNullable<NoticesConfig['email']>): Channel {
  const smtp = createSmtp({ ...where, connections: limits.concurrency, timeoutMs: limits.timeoutMs });
  const domain = /@([^\s<>@]+)>?$/.exec(where.from)?.[1] ?? 'localhost';
  return emailChannel(smtp, domain, limits);
}

function openSms(
  { url, terms, limits }: NonNullable<NoticesConfig['sms']>,
  { log }: Pick<RailHttpOptions, 'log'>,
): Channel {
  return jsonSmsGateway(createRailHttp({ baseUrl: url, name: 'sms-gateway', limits, log }), terms, limits);
}
