/** The small HTTP door of a process without an API: live, ready, metrics, and what else its main adds. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export type Check = { readonly name: string; run(): Promise<void> };

export type HealthOptions = {
  readonly host: string;
  readonly port: number;
  readonly checks: readonly Check[];
  readonly metrics: Metrics;
  readonly log: Log;
  /** Tried first; true when it has answered. */
  readonly handler?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
};

export type HealthServer = { setReady(ready: boolean): void; close(): Promise<void> };

export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  let ready = false;
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      options.log.warn('request failed', { path: (request.url ?? '').split('?')[0]!.split('/')[1], error });
      if (!response.headersSent) response.writeHead(503);
      response.end();
    });
  });
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await options.handler?.(request, response)) return;
    const path = (request.url ?? '').split('?')[0];
    if (path === '/health/live') return send(response, 200, { status: 'live' });
    if (path === '/health/ready') {
      const problems = ready ? await failing(options.checks) : [{ name: 'start', problem: 'not ready yet' }];
      return send(response, problems.length === 0 ? 200 : 503, {
        status: problems.length === 0 ? 'ready' : 'waiting',
        problems,
      });
    }
    if (path === '/metrics') {
      response.writeHead(200, { 'content-type': options.metrics.contentType });
      response.end(await options.metrics.text());
      return;
    }
    send(response, 404, { title: 'there is nothing here' });
  }

  return {
    setReady: (value) => {
      ready = value;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Which checks do not pass now. */
export async function failing(checks: readonly Check[]): Promise<{ name: string; problem: string }[]> {
  const results = await Promise.all(
    checks.map(async ({ name, run }) => {
      try {
        await run();
        return [];
      } catch (error) {
        return [{ name, problem: error instanceof Error ? error.message : String(error) }];
      }
    }),
  );
  return results.flat();
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
