/** Stands between the hub and a server of its own, over TCP, and spoils connections: cuts them mid-stream, slows them, or falls silent. */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';
import type { StreamFault } from './schedule.ts';

export type StreamProxy = {
  readonly port: number;
  strike(fault: StreamFault): void;
  lift(fault: StreamFault): void;
  /** How many connections were spoilt, by fault. */
  readonly spoilt: Readonly<Record<string, number>>;
  close(): void;
};

export type StreamProxyOptions = { readonly port: number; readonly target: number; readonly random: Random };

/** What a connection may still carry while connections are cut: less than a file of rows, often less than an answer. */
const budgetMaxBytes = 20_000;
const pauseMaxMs = 400;

export async function startStreamProxy({ port, target, random }: StreamProxyOptions): Promise<StreamProxy> {
  const active = new Set<StreamFault>();
  const spoilt: Record<string, number> = {};
  const sockets = new Set<Socket>();
  const healing = new EventEmitter().setMaxListeners(0);

  function serve(client: Socket): void {
    const server = connect(target, '127.0.0.1');
    const met = new Set<StreamFault>();
    let budget: number | undefined;
    const cut = () => {
      for (const socket of [client, server]) socket.destroy();
    };
    const meet = (fault: StreamFault) => {
      if (met.has(fault)) return;
      met.add(fault);
      spoilt[fault] = (spoilt[fault] ?? 0) + 1;
    };

    /** The part of a chunk that gets through, once it does. */
    async function passed(chunk: Buffer): Promise<Buffer> {
      if (active.has('slow stream')) {
        meet('slow stream');
        await sleep(random.whole(1, pauseMaxMs));
      }
      while (active.has('silent stream')) {
        meet('silent stream');
        await once(healing, 'lifted');
      }
      if (!active.has('cut stream')) {
        budget = undefined;
        return chunk;
      }
      budget ??= random.whole(0, budgetMaxBytes);
      budget -= chunk.length;
      return budget >= 0 ? chunk : chunk.subarray(0, Math.max(0, chunk.length + budget));
    }

    async function pump(from: Socket, to: Socket): Promise<void> {
      for await (const chunk of from) {
        const part = await passed(chunk as Buffer);
        if (part.length > 0 && !to.write(part)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
        if (part.length === (chunk as Buffer).length) continue;
        meet('cut stream');
        return cut();
      }
      to.end();
    }

    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', cut);
      socket.once('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    pump(client, server).catch(cut);
    pump(server, client).catch(cut);
  }

  const proxy = createServer({ allowHalfOpen: true }, serve);
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (proxy.address() as AddressInfo).port,
    strike: (fault) => void active.add(fault),
    lift(fault) {
      active.delete(fault);
      healing.emit('lifted');
    },
    spoilt,
    close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
