import { expect, test } from 'vitest';
import { downwards, inOrder, upwards } from './order.ts';
import { servers } from './servers.ts';

test('upwards, each server is worked on after all that it comes after, downwards before', async () => {
  const place = async (follows: typeof upwards) => {
    const worked: string[] = [];
    await inOrder(servers, async (server) => void worked.push(server.name), follows(servers));
    return (name: string) => worked.indexOf(name);
  };
  const [up, down] = [await place(upwards), await place(downwards)];
  for (const server of servers) {
    for (const before of server.after) {
      expect(up(before)).toBeLessThan(up(server.name));
      expect(down(before)).toBeGreaterThan(down(server.name));
    }
  }
});

test('what waits for a server that failed is left alone, the rest is done, and the failure is told once', async () => {
  const worked: string[] = [];
  const work = async ({ name }: { readonly name: string }) => {
    if (name === 'kafka') throw new Error('kafka ended while starting');
    worked.push(name);
  };
  await expect(inOrder(servers, work, upwards(servers))).rejects.toThrow(/^kafka ended while starting$/);
  expect(worked.sort()).toEqual(['messages', 'mongo', 'openid', 's3', 'simulators']);
});
