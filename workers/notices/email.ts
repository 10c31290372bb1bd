/** Notices as e-mail. SMTP knows no key by which a message that comes twice is one, so that what may have been taken is not sent again. */
import type { Smtp } from '../../platform/smtp.ts';
import type { Channel, ChannelLimits } from './channel.ts';

/** `domain`: what stands behind the @ of message ids. */
export function emailChannel(smtp: Smtp, domain: string, limits: ChannelLimits): Channel {
  return {
    id: 'email',
    limits,
    isRepeatable: false,
    send: ({ to, subject = '', text, id }) => smtp.send({ to, subject, text, messageId: `<${id}@${domain}>` }),
    close: async () => smtp.close(),
  };
}
