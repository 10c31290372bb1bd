/** Hands one e-mail at a time to a mail server, and says what is proven of it. The only place that imports nodemailer. */
import type { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import type { Handed } from '../domain/notice.ts';

export type Email = {
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
  /** The same for every try, so that mail systems that look for it show the message once. */
  readonly messageId: string;
};

export type Smtp = {
  /** Never throws for what the network or the server does; ends within the time-out. */
  send(email: Email): Promise<Handed>;
  close(): void;
};

export type SmtpOptions = {
  /** `smtp://user:password@host:587`, or `smtps://…` for TLS from the first byte. */
  readonly url: string;
  /** `Name <address>`. */
  readonly from: string;
  /** Without it nothing is sent over a line that anybody can read, except on this machine. */
  readonly isTlsOptional: boolean;
  readonly connections: number;
  readonly timeoutMs: number;
};

/** Throws RangeError, without the address itself, which holds a password. */
export function createSmtp(options: SmtpOptions): Smtp {
  const { host, port, secure, auth } = addressIn(options.url);
  const { timeoutMs } = options;
  const transport = createTransport({
    host,
    port,
    secure,
    auth,
    requireTLS: !secure && !options.isTlsOptional && !isLoopback(host),
    pool: true,
    maxConnections: options.connections,
    // What was being sent when a connection broke may have been taken: nobody sends it again unasked.
    maxRequeues: 0,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const streams = new Map<string, Readable>();
  // The bytes of a message are read once the server has asked for them: whether they were is what a broken connection leaves to know.
  transport.use('stream', (mail, done) => {
    const open = mail.message.createReadStream.bind(mail.message);
    mail.message.createReadStream = (given) => {
      const stream = open(given);
      streams.set(String(mail.data.messageId), stream);
      return stream;
    };
    done();
  });

  return {
    async send({ to, subject, text, messageId }) {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        // An object is one address, whatever stands in it; text would be read as a list.
        const mail = { from: options.from, to: { name: '', address: to }, subject, text, messageId, signal };
        const { response } = await transport.sendMail({ ...mail, headers: { 'Auto-Submitted': 'auto-generated' } });
        return { kind: 'taken', reference: referenceIn(String(response ?? '')) };
      } catch (error) {
        return handedOf(error as SmtpError, streams.get(messageId)?.readableDidRead === true);
      } finally {
        streams.delete(messageId);
      }
    },
    close: () => transport.close(),
  };
}

type SmtpError = Error & { readonly code?: string; readonly responseCode?: number; readonly command?: string };

/** A server's words may repeat the address: only its codes are kept. */
function handedOf(error: SmtpError, isBegun: boolean): Handed {
  const { responseCode, code = 'ERROR', command } = error;
  if (responseCode !== undefined) {
    const reason = `smtp-${responseCode}`;
    // Of the recipient or the text; a password, a line without TLS or a sender that is refused would stop any message.
    const isAboutIt = (code === 'EENVELOPE' && command !== 'MAIL FROM') || code === 'EMESSAGE';
    if (!isAboutIt || responseCode === 421) return { kind: 'later', reason, isDown: true };
    return responseCode >= 500 ? { kind: 'refused', reason } : { kind: 'later', reason, isDown: false };
  }
  if (code === 'EENVELOPE') return { kind: 'refused', reason: 'address-malformed' };
  if (isBegun) return { kind: 'unknown', reason: 'answer-lost' };
  return { kind: 'later', reason: `smtp-${code.toLowerCase()}`, isDown: true };
}

/** What servers say of a message that they took, where it is an id: `250 2.0.0 Ok: queued as 4F2A`. */
function referenceIn(response: string): string | undefined {
  return /(?:queued as|id=)\s*([\w.-]{1,64})/i.exec(response)?.[1];
}

function addressIn(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'smtps:';
  if (
    !url ||
    !/^smtps?:$/.test(url.protocol) ||
    !url.hostname ||
    url.search ||
    url.hash ||
    !/^\/?$/.test(url.pathname)
  ) {
    throw new RangeError('the mail server is smtp(s)://[user:password@]host[:port], without path or query');
  }
  const user = decodeURIComponent(url.username);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    auth: user === '' ? undefined : { user, pass: decodeURIComponent(url.password) },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
