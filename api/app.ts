/** The HTTP API: every path and who answers it. */
import express, { type Express, type RequestHandler } from 'express';
import { createCommandBatch } from '../store/command-batch.ts';
import { createDecideBatch } from '../store/decide-batch.ts';
import { createReadBatches } from '../store/read-batches.ts';
import { createReadProcesses } from '../store/read-processes.ts';
import { createRetryBatch } from '../store/retry-batch.ts';
import { answerMethods, answerNotFound, answerProblems } from './boundary.ts';
import type { ApiDeps } from './deps.ts';
import { getCommands, postCommand } from './routes/batch-commands.ts';
import { getFile, putFile } from './routes/files.ts';
import { getBatch } from './routes/get-batch.ts';
import { getBatchDetail } from './routes/get-batch-detail.ts';
import { getResult } from './routes/get-result.ts';
import { getRowErrors } from './routes/get-row-errors.ts';
import { getSubBatches } from './routes/get-sub-batches.ts';
import { getTemplate } from './routes/get-template.ts';
import { getTransfer } from './routes/get-transfer.ts';
import { healthRoutes } from './routes/health.ts';
import { getIncident, getIncidentCommands, listIncidents } from './routes/incidents.ts';
import { listBatches } from './routes/list-batches.ts';
import { deletePayerBlock, getPayerBlocks } from './routes/payer-blocks.ts';
import { postApproval } from './routes/post-approval.ts';
import { postBatch } from './routes/post-batch.ts';
import { postResolve } from './routes/post-resolve.ts';
import { postRetry } from './routes/post-retry.ts';
import { postTransfer } from './routes/post-transfer.ts';
import { getProcessInstance, listProcessInstances } from './routes/process-instances.ts';
import { getBatchHeat, getProcessHeat, getProcessModel, listProcesses } from './routes/processes.ts';
import { getSwitches, putSwitches } from './routes/switches.ts';
import { getTransferDefaults, putTransferDefaults } from './routes/transfer-defaults.ts';
import { walletRoutes } from './routes/wallets/routes.ts';
import { getWebhooks, putWebhooks } from './routes/webhooks.ts';

export type Methods = {
  readonly get?: RequestHandler;
  readonly post?: RequestHandler;
  readonly put?: RequestHandler;
  readonly delete?: RequestHandler;
};

export function createApp(deps: ApiDeps): Express {
  const read = createReadBatches(deps.c, deps.batches);
  const processes = createReadProcesses(deps.c);
  const decide = createDecideBatch(deps.mongo, deps.c, deps.outbox);
  const commandBatch = createCommandBatch(deps.mongo, deps.c, deps.outbox);
  const { recountEvery } = deps;
  const retryBatch = createRetryBatch(deps.mongo, deps.c, deps.outbox, { recountEvery });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.use(measured(deps));

  const route = (paths: readonly string[], methods: Methods) => {
    for (const path of paths) {
      const at = app.route(path);
      for (const [method, handler] of Object.entries(methods)) at[method as keyof Methods](handler);
      at.all(answerMethods(Object.keys(methods).map((method) => method.toUpperCase())));
    }
  };
  const health = healthRoutes(deps);
  route(['/health/live'], { get: health.live });
  route(['/health/ready'], { get: health.ready });
  route(['/metrics'], { get: health.metrics });
  // The seed's paths stand at the root and under /api/v1.
  const both = (path: string) => [path, `/api/v1${path}`];
  route(both('/batchtransactions'), { post: postBatch(deps) });
  route(both('/batchtransactions/:id'), { get: getBatch(deps, read) });
  route(both('/batchtransactions/:id/detail'), { get: getBatchDetail(deps, read) });
  route(both('/template'), { get: getTemplate(deps) });
  route(both('/batches'), { get: listBatches(deps, read) });
  route(['/api/v1/batches/:id/result'], { get: getResult(deps) });
  route(['/api/v1/batches/:id/row-errors'], { get: getRowErrors(deps, read) });
  route(['/api/v1/batches/:id/sub-batches'], { get: getSubBatches(deps, read) });
  route(['/api/v1/batches/:id/approval'], { post: postApproval(deps, read, decide) });
  for (const command of ['pause', 'resume', 'cancel'] as const) {
    route([`/api/v1/batches/:id/${command}`], { post: postCommand(deps, commandBatch, command) });
  }
  route(['/api/v1/batches/:id/retry'], { post: postRetry(deps, retryBatch) });
  route(['/api/v1/batches/:id/commands'], { get: getCommands(deps) });
  route(['/api/v1/batches/:id/heat'], { get: getBatchHeat(deps, processes) });
  route(['/api/v1/processes'], { get: listProcesses(deps, processes) });
  route(['/api/v1/processes/:key/model'], { get: getProcessModel(deps, processes) });
  route(['/api/v1/processes/:key/heat'], { get: getProcessHeat(deps, processes) });
  route(['/api/v1/process-instances'], { get: listProcessInstances(deps, processes) });
  route(['/api/v1/process-instances/:key'], { get: getProcessInstance(deps, processes) });
  route(['/api/v1/incidents'], { get: listIncidents(deps, processes) });
  route(['/api/v1/incidents/:key'], { get: getIncident(deps, processes) });
  route(['/api/v1/incidents/:key/commands'], { get: getIncidentCommands(deps, processes) });
  route(['/api/v1/incidents/:key/resolve'], { post: postResolve(deps, processes) });
  // Payment Hub EE's paths stand at the root.
  route(['/channel/transfer'], { post: postTransfer(deps) });
  route(['/channel/transfer/:id'], { get: getTransfer(deps) });
  route(['/api/v1/files/:filename'], { get: getFile(deps), put: putFile(deps) });
  route(['/api/v1/payer-blocks'], { get: getPayerBlocks(deps) });
  route(['/api/v1/payer-blocks/:rail/:id'], { delete: deletePayerBlock(deps) });
  route(['/api/v1/tenants/:id/switches'], { get: getSwitches(deps), put: putSwitches(deps) });
  route(['/api/v1/tenants/:id/transfers'], { get: getTransferDefaults(deps), put: putTransferDefaults(deps) });
  route(['/api/v1/tenants/:id/webhooks'], { get: getWebhooks(deps), put: putWebhooks(deps) });
  for (const [path, methods] of walletRoutes(deps)) route([path], methods);

  app.use(answerNotFound);
  app.use(answerProblems(deps.log));
  return app;
}

/** Time per route pattern, never per path: ids would make a number each. */
function measured({ metrics }: ApiDeps): RequestHandler {
  const took = metrics.timer('tributary_http_seconds', 'Time to answer a request', ['method', 'route', 'status']);
  return (req, res, next) => {
    const began = performance.now();
    res.on('close', () => {
      const route = (req.route as { path?: string } | undefined)?.path ?? 'none';
      took((performance.now() - began) / 1_000, { method: req.method, route, status: String(res.statusCode) });
    });
    next();
  };
}
