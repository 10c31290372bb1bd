/** The HTTP API: every path and who answers it. */
import express, { type Express, type RequestHandler } from 'express';
import { createCommandBatch } from '../store/command-batch.ts';
import { createDecideBatch } from '../store/decide-batch.ts';
import { createReadBatches } from '../store/read-batches.ts';
import { createReadProcesses } from '../store/read-processes.ts';
import { createRetryBatch } from '../store/retry-batch.ts';
import { type Guarded, guard, may } from './access.ts';
import { answerMethods, answerNotFound, answerProblems } from './boundary.ts';
import type { Identify } from './caller.ts';
import { consolePages } from './console.ts';
import type { ApiDeps } from './deps.ts';
import { mapperRoutes } from './mapper/routes.ts';
import { operationsRoutes } from './operations/routes.ts';
import { paymentHubRoutes } from './ph-ee/routes.ts';
import { signed } from './ph-ee/signature.ts';
import { getAlerts } from './routes/alerts.ts';
import { getAuditVerification, listAudit } from './routes/audit.ts';
import { getCommands, postCommand } from './routes/batch-commands.ts';
import { getCallback, getLogin, postLogout } from './routes/console-sign-in.ts';
import { getFile, putFile } from './routes/files.ts';
import { getBatch } from './routes/get-batch.ts';
import { getBatchDetail } from './routes/get-batch-detail.ts';
import { getRequestFile } from './routes/get-request-file.ts';
import { getResult } from './routes/get-result.ts';
import { getRowErrors } from './routes/get-row-errors.ts';
import { getSubBatches } from './routes/get-sub-batches.ts';
import { getTemplate } from './routes/get-template.ts';
import { getTransfer } from './routes/get-transfer.ts';
import { healthRoutes } from './routes/health.ts';
import { getIncident, getIncidentCommands, listIncidents } from './routes/incidents.ts';
import { listBatches } from './routes/list-batches.ts';
import { getMe } from './routes/me.ts';
import { noticePaths } from './routes/notices/paths.ts';
import { getPain001, putPain001 } from './routes/pain001-rules.ts';
import { deletePayerBlock, getPayerBlocks } from './routes/payer-blocks.ts';
import { postApproval } from './routes/post-approval.ts';
import { postBatch } from './routes/post-batch.ts';
import { postResolve } from './routes/post-resolve.ts';
import { postRetry } from './routes/post-retry.ts';
import { postTransfer } from './routes/post-transfer.ts';
import { getProcessInstance, listProcessInstances } from './routes/process-instances.ts';
import { getBatchHeat, getProcessHeat, getProcessModel, listProcesses } from './routes/processes.ts';
import { programmeRoutes } from './routes/programmes/routes.ts';
import { deleteLegalHold, getRetention, postLegalHold, putRetention } from './routes/retention.ts';
import { routingPaths } from './routes/routing/paths.ts';
import { getSwitches, putSwitches } from './routes/switches.ts';
import { getTenant, listTenants, putTenant } from './routes/tenants.ts';
import { getTransferDefaults, putTransferDefaults } from './routes/transfer-defaults.ts';
import { walletRoutes } from './routes/wallets/routes.ts';
import { getWebhookDelivery, listWebhookDeliveries, postResend } from './routes/webhook-deliveries.ts';
import { getWebhooks, postWebhookSecret, putWebhooks } from './routes/webhooks.ts';
import { securityHeaders } from './security-headers.ts';

const methodNames = ['get', 'post', 'put', 'delete'] as const;
type Method = (typeof methodNames)[number];
export type Methods = { readonly [method in Method]?: Guarded };
export type Route = { readonly path: string; readonly methods: Methods };

export function createApp(deps: ApiDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', deps.trustProxy);
  app.use(measured(deps));
  app.use(securityHeaders);
  mount(app, routesOf(deps), deps.identify);
  if (deps.consoleFolder !== undefined) app.use('/console', consolePages(deps.consoleFolder));
  app.use(answerNotFound);
  app.use(answerProblems(deps.log));
  return app;
}

/** Each handler behind its check; other methods of the path are answered 405. */
export function mount(app: Express, routes: readonly Route[], identify: Identify): void {
  for (const { path, methods } of routes) {
    const at = app.route(path);
    const own = methodNames.flatMap((method) => (methods[method] ? [[method, methods[method]] as const] : []));
    for (const [method, guarded] of own) at[method](guard(identify, guarded));
    at.all(answerMethods(own.map(([method]) => method.toUpperCase())));
  }
}

/** Every path, who answers it, and what is asked of its callers. */
export function routesOf(deps: ApiDeps): readonly Route[] {
  const read = createReadBatches(deps.c, deps.batches);
  const processes = createReadProcesses(deps.c);
  const decide = createDecideBatch(deps.mongo, deps.c, deps.outbox);
  const commandBatch = createCommandBatch(deps.mongo, deps.c, deps.outbox);
  const { recountEvery } = deps;
  const retryBatch = createRetryBatch(deps.mongo, deps.c, deps.outbox, { recountEvery });
  const routes: Route[] = [];
  const route = (paths: readonly string[], methods: Methods) =>
    void routes.push(...paths.map((path) => ({ path, methods })));
  const health = healthRoutes(deps);
  route(['/health/live'], { get: may('anyone', health.live) });
  route(['/health/ready'], { get: may('anyone', health.ready) });
  route(['/metrics'], { get: may('anyone', health.metrics) });
  // The seed's paths stand at the root and under /api/v1.
  const both = (path: string) => [path, `/api/v1${path}`];
  route(both('/batchtransactions'), { post: may('batches.submit', signed(deps.signingKey, postBatch(deps))) });
  route(both('/batchtransactions/:id'), { get: may('batches.read', getBatch(deps, read)) });
  route(both('/batchtransactions/:id/detail'), { get: may('batches.read', getBatchDetail(deps, read)) });
  route(both('/template'), { get: may('anyone', getTemplate(deps)) });
  route(both('/batches'), { get: may('batches.read', listBatches(deps, read)) });
  route(['/api/v1/batches/:id/request'], { get: may('batches.read', getRequestFile(deps)) });
  route(['/api/v1/batches/:id/result'], { get: may('batches.read', getResult(deps)) });
  route(['/api/v1/batches/:id/row-errors'], { get: may('batches.read', getRowErrors(deps, read)) });
  route(['/api/v1/batches/:id/sub-batches'], { get: may('batches.read', getSubBatches(deps, read)) });
  route(['/api/v1/batches/:id/approval'], { post: may('batches.approve', postApproval(deps, read, decide)) });
  for (const command of ['pause', 'resume', 'cancel'] as const) {
    route([`/api/v1/batches/:id/${command}`], {
      post: may('batches.command', postCommand(deps, commandBatch, command)),
    });
  }
  route(['/api/v1/batches/:id/retry'], { post: may('batches.command', postRetry(deps, retryBatch)) });
  route(['/api/v1/batches/:id/commands'], { get: may('batches.read', getCommands(deps)) });
  route(['/api/v1/batches/:id/heat'], { get: may('batches.read', getBatchHeat(deps, processes)) });
  route(['/api/v1/processes'], { get: may('processes.read', listProcesses(deps, processes)) });
  route(['/api/v1/processes/:key/model'], { get: may('processes.read', getProcessModel(deps, processes)) });
  route(['/api/v1/processes/:key/heat'], { get: may('processes.read', getProcessHeat(deps, processes)) });
  route(['/api/v1/process-instances'], { get: may('processes.read', listProcessInstances(deps, processes)) });
  route(['/api/v1/process-instances/:key'], { get: may('processes.read', getProcessInstance(deps, processes)) });
  // Before the patterns that their words would fit.
  for (const [path, methods] of paymentHubRoutes(deps, read)) route([path], methods);
  for (const [path, methods] of operationsRoutes(deps, read, processes)) route([path], methods);
  route(['/api/v1/incidents'], { get: may('incidents.read', listIncidents(deps, processes)) });
  route(['/api/v1/incidents/:key'], { get: may('incidents.read', getIncident(deps, processes)) });
  route(['/api/v1/incidents/:key/commands'], { get: may('incidents.read', getIncidentCommands(deps, processes)) });
  route(['/api/v1/incidents/:key/resolve'], { post: may('incidents.resolve', postResolve(deps, processes)) });
  route(['/console/login'], { get: may('anyone', getLogin(deps)) });
  route(['/console/callback'], { get: may('anyone', getCallback(deps)) });
  route(['/console/logout'], { post: may('anyone', postLogout(deps)) });
  route(['/api/v1/me'], { get: may('signed-in', getMe) });
  route(['/api/v1/batches/:id/legal-hold'], {
    post: may('retention.write', postLegalHold(deps)),
    delete: may('retention.write', deleteLegalHold(deps)),
  });
  route(['/api/v1/tenants/:id/retention'], {
    get: may('settings.read', getRetention(deps)),
    put: may('retention.write', putRetention(deps)),
  });
  route(['/api/v1/alerts'], { get: may('alerts.read', getAlerts(deps)) });
  route(['/api/v1/audit'], { get: may('audit.read', listAudit(deps)) });
  route(['/api/v1/audit/verification'], { get: may('audit.read', getAuditVerification(deps)) });
  // Payment Hub EE's paths stand at the root.
  route(['/channel/transfer'], { post: may('transfers.submit', signed(deps.signingKey, postTransfer(deps))) });
  route(['/channel/transfer/:id'], { get: may('transfers.read', signed(deps.signingKey, getTransfer(deps))) });
  route(['/api/v1/files/:filename'], {
    get: may('batches.read', getFile(deps)),
    put: may('batches.submit', putFile(deps)),
  });
  route(['/api/v1/payer-blocks'], { get: may('payers.read', getPayerBlocks(deps)) });
  route(['/api/v1/payer-blocks/:rail/:id'], { delete: may('payers.resume', deletePayerBlock(deps)) });
  route(['/api/v1/tenants'], { get: may('tenants.read', listTenants(deps)) });
  route(['/api/v1/tenants/:id'], {
    get: may('tenants.read', getTenant(deps)),
    put: may('tenants.write', putTenant(deps)),
  });
  route(['/api/v1/tenants/:id/switches'], {
    get: may('settings.read', getSwitches(deps)),
    put: may('settings.write', putSwitches(deps)),
  });
  route(['/api/v1/tenants/:id/transfers'], {
    get: may('settings.read', getTransferDefaults(deps)),
    put: may('settings.write', putTransferDefaults(deps)),
  });
  route(['/api/v1/tenants/:id/pain001'], {
    get: may('settings.read', getPain001(deps)),
    put: may('settings.write', putPain001(deps)),
  });
  route(['/api/v1/tenants/:id/webhooks'], {
    get: may('settings.read', getWebhooks(deps)),
    put: may('settings.write', putWebhooks(deps)),
  });
  route(['/api/v1/tenants/:id/webhooks/secret'], { post: may('webhooks.rotate', postWebhookSecret(deps)) });
  route(['/api/v1/webhook-deliveries'], { get: may('webhooks.read', listWebhookDeliveries(deps)) });
  route(['/api/v1/webhook-deliveries/:id'], { get: may('webhooks.read', getWebhookDelivery(deps)) });
  route(['/api/v1/webhook-deliveries/:id/resend'], { post: may('webhooks.resend', postResend(deps)) });
  const groups = [walletRoutes(deps), routingPaths(deps), mapperRoutes(deps), programmeRoutes(deps), noticePaths(deps)];
  for (const [path, methods] of groups.flat()) route([path], methods);
  return routes;
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
