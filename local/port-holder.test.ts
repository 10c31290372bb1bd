import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { portTrouble } from './port-holder.ts';

test('names the process that holds a taken port and the variable that moves it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const trouble = await portTrouble('API_PORT', port);
  expect(trouble).toContain(`port ${port} is taken by process ${process.pid} (`);
  expect(trouble).toContain('set API_PORT to a free port');
  server.close();
  await once(server, 'close');
});
