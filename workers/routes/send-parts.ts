/** Makes the batch of a route's round, one row per part, and starts it: from there on the parts are payments like any other. */
import { createHash } from 'node:crypto';
import { requiredColumns } from '../../domain/batch-file.ts';
import { formatMoney } from '../../domain/money.ts';
import { switchesOf } from '../../domain/switches.ts';
import { type JobType, textVariable, wholeVariable } from '../../platform/job.ts';
import { insertMissing } from '../../platform/mongo.ts';
import { startOf } from '../../store/accept-batch.ts';
import { roundId } from '../../store/accept-route.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { RoundDoc, RouteDoc } from '../../store/route-documents.ts';
import type { WorkerDeps } from '../deps.ts';

/** How often the batch is counted again while it waits for settlement. */
const recountEvery = '60s';

export function sendParts({ c, outbox, objects, log, now }: WorkerDeps): JobType {
  return {
    type: 'send-parts',
    variables: ['routeId', 'round'],
    jobsMax: 8,
    async handle(job) {
      const round = await c.rounds.findOne({
        _id: roundId(textVariable(job, 'routeId'), wholeVariable(job, 'round')),
      });
      const route = round && (await c.routes.findOne({ _id: round.routeId }));
      if (!round || !route)
        throw new Error(`round ${job.variables.round} of route ${job.variables.routeId} is not there`);
      const batch = await batchOf(route, round);
      await insertMissing(c.batches, [batch]);
      await outbox.add([await startOf(c, batch, recountEvery)]);
      log.info('parts sent', { routeId: route._id, round: round.k, batchId: batch._id, parts: round.targets.length });
      // In case that nobody says that the batch is settled, as of one that was refused.
      return { waitFor: 'PT10S' };
    },
  };

  /** A repeat of this job writes the same bytes and finds the batch. */
  async function batchOf(route: RouteDoc, round: RoundDoc): Promise<BatchDoc> {
    const tenant = await c.tenants.findOne({ _id: route.tenantId });
    if (!tenant) throw new Error(`tenant ${route.tenantId} is not there`);
    const { batchId: _id, tenantId } = round;
    const requestKey = `${tenantId}/${_id}/request.csv`;
    const bytes = Buffer.from(fileOf(route, round));
    await objects.put(requestKey, only(bytes), { contentType: 'text/csv; charset=utf-8' });
    const hashOf = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
    const switches = switchesOf(tenant.switches);
    return {
      _id,
      tenantId,
      requestId: route.requestId ?? route._id,
      fileName: `${route.kind}-${route._id}-${round.k}.csv`,
      source: 'csv',
      requestKey,
      md5: hashOf('md5'),
      sha256: hashOf('sha256'),
      sizeBytes: bytes.length,
      route: { id: route._id, kind: route.kind, round: round.k },
      purpose: route.kind === 'route' ? 'payment routing' : 'withdrawal',
      notes: '',
      maker: round.by,
      // Two parts of one amount to one account were asked for as two.
      switches: { ...switches, deduplication: { ...switches.deduplication, enable: false } },
      status: 'queued',
      createdAt: now(),
      modes: [],
      rails: [],
      tally: {},
      results: [],
    };
  }
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function fileOf(route: RouteDoc, round: RoundDoc): string {
  const { currency } = route;
  const { parties, targets } = round;
  if (!parties) throw new Error(`round ${round._id} has no parties any more: its personal data were erased`);
  const lines = targets.map(({ n, minor, mode }, i) => {
    const { payer, payee } = parties[i]!;
    const amount = formatMoney({ minor, currency });
    const note = `${route.kind} ${route._id} part ${n}`;
    const cells = [String(n), route._id, mode, payer.type, payer.id, payee.type, payee.id, amount, currency, note];
    return [...cells, payee.dfsp ?? ''].map(quoted).join(',');
  });
  return `${[[...requiredColumns, 'payee_dfsp_id'].join(','), ...lines].join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
