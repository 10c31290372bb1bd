/** A door before a simulator that changes answers on their way, for rails whose bytes do not pass the hub's own HTTP client. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type LyingDoor = { readonly url: string; close(): Promise<void> };

/** `target`: where the simulator listens now; `told`: an answer's text as it is to arrive. */
export async function openLyingDoor(target: () => string, told: (text: string) => string): Promise<LyingDoor> {
  const server = createServer((asked, response) => {
    const { method, headers } = asked;
    const onward = request(`${target()}${asked.url}`, { method, headers }, (answer) => pass(asked, answer, response));
    // Whatever breaks behind the door breaks before it.
    onward.once('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function pass({ method }: IncomingMessage, answer: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = [];
    answer.on('data', (piece: Buffer) => pieces.push(piece));
    answer.once('error', () => response.destroy());
    answer.once('end', () => {
      const bytes = Buffer.concat(pieces);
      const text = method === 'HEAD' ? '' : told(bytes.toString('utf8'));
      const { 'content-length': length, 'transfer-encoding': _, ...headers } = answer.headers;
      const size = method === 'HEAD' ? length : String(Buffer.byteLength(text));
      response.writeHead(answer.statusCode ?? 502, {
        ...headers,
        ...(size !== undefined && { 'content-length': size }),
      });
      response.end(text);
    });
  }
}
