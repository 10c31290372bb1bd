import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { silentLog } from './log.ts';
import { createZeebe } from './zeebe.ts';

/** What the SDK has no setting for is changed inside it; this says when a newer SDK undoes that. */
test('no message to Zeebe is compressed, neither of the client nor of a poller', async () => {
  const asked = new Map<string, IncomingHttpHeaders>();
  const server = createServer();
  const polled = new Promise<void>((done) => {
    server.on('stream', (stream, headers) => {
      const method = String(headers[':path']).split('/').at(-1)!;
      asked.set(method, headers);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true });
      if (method === 'ActivateJobs') done();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const zeebe = createZeebe(`127.0.0.1:${(server.address() as AddressInfo).port}`, silentLog);

  await expect(zeebe.start('any', {})).rejects.toMatchObject({ code: 12 });
  zeebe.serve({ type: 'any', variables: [], jobsMax: 1, timeoutMs: 10_000, handle: () => Promise.reject() });
  await polled;

  expect([...asked.keys()]).toEqual(expect.arrayContaining(['CreateProcessInstance', 'ActivateJobs']));
  for (const headers of asked.values()) expect(headers['grpc-encoding']).toBeUndefined();
  await zeebe.drain(0);
  await zeebe.close();
  server.close();
});
