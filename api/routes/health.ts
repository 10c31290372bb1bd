/** Whether the process lives, whether it can serve, and its numbers. */
import type { RequestHandler } from 'express';
import type { ApiDeps } from '../deps.ts';

export function healthRoutes({
  mongo,
  objects,
  metrics,
}: ApiDeps): Record<'live' | 'ready' | 'metrics', RequestHandler> {
  return {
    live: (_req, res) => void res.json({ status: 'UP' }),

    /** 503 while a server that requests need does not answer. */
    async ready(_req, res) {
      const parts = { mongodb: () => mongo.ping(), s3: () => objects.ping() };
      const states = await Promise.all(
        Object.entries(parts).map(async ([name, ping]) => [name, await answersSoon(ping)] as const),
      );
      const isUp = states.every(([, up]) => up);
      res.status(isUp ? 200 : 503).json({
        status: isUp ? 'UP' : 'DOWN',
        parts: Object.fromEntries(states.map(([name, up]) => [name, up ? 'UP' : 'DOWN'])),
      });
    },

    async metrics(_req, res) {
      res.set('Content-Type', metrics.contentType).send(await metrics.text());
    },
  };
}

async function answersSoon(ping: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), 3_000);
  });
  const up = ping().then(
    () => true,
    () => false,
  );
  return Promise.race([up, late]).finally(() => clearTimeout(timer));
}
