/** A real mail server for tests and the demo, on loopback: takes every message, but for magic addresses (docs/simulators.md), and delivers none. */
import { SMTPServer } from 'smtp-server';
import { createTimes, type KeptMessages } from './kept-messages.ts';

export function createMailServer(kept: KeptMessages, onError: (error: unknown) => void): SMTPServer {
  const times = createTimes();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onRcptTo({ address }, _session, done) {
      const word = magicWordOf(address);
      if (word === '550') return done(answer(550, '5.1.1 no such mailbox'));
      if (word === '451') return done(answer(451, '4.3.0 try again later'));
      if (word === 'busy' && times(address) === 1) return done(answer(451, '4.2.0 try again later'));
      done();
    },
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        const to = session.envelope.rcptTo.map(({ address }) => address);
        for (const one of to)
          kept.keep({ channel: 'email', to: one, key: /^message-id: (.+)$/im.exec(text)?.[1] ?? '', text });
        if (to.some((one) => magicWordOf(one) === 'cut')) return cut(session.id);
        done();
      });
    },
  });
  server.on('error', onError);

  /** Taken, and the line breaks before anybody hears of it. */
  function cut(sessionId: string): void {
    for (const connection of server.connections) {
      const { id, _socket } = connection as unknown as { id: string; _socket: { destroy(): void } };
      if (id === sessionId) _socket.destroy();
    }
  }
  return server;
}

/** `anna+550@example.org`: what stands behind the plus. */
function magicWordOf(address: string): string | undefined {
  return /\+([^@+]+)@/.exec(address)?.[1];
}

function answer(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
