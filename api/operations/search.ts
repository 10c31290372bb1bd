/** GET /api/v1/search: one box for whatever people have in their hands: ids of batches, payments and processes, file names, references. */
import type { RequestHandler } from 'express';
import { isUuid, rowKeyBytes } from '../../domain/ids.ts';
import type { BatchDoc } from '../../store/documents.ts';
import { findPayment } from '../../store/find-payment.ts';
import type { ReadProcesses } from '../../store/read-processes.ts';
import type { SearchBatches } from '../../store/search-batches.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf } from '../request.ts';
import { labelIn } from './search-batches.ts';

type Hit = Readonly<Record<'kind' | 'id' | 'label' | 'href', string>> & Readonly<Record<string, unknown>>;

const batchesMax = 20;

export function getSearch(deps: ApiDeps, search: SearchBatches, processes: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const { _id: tenantId } = await tenantOf(deps, req);
    const query = readQuery(req, ['q']);
    const text = labelIn(query, 'q');
    if (text === undefined) query.problem('q', 'write what you look for');
    query.done();
    const wanted = text ?? '';
    const [batches, payments, keys] = await Promise.all([
      search.page({ tenantId, text: wanted }, undefined, batchesMax),
      paymentHits(deps, tenantId, wanted.toLowerCase()),
      keyHits(processes, tenantId, wanted),
    ]);
    res.json({ hits: [...batches.map(batchHit), ...payments, ...keys] });
  };
}

function batchHit({ _id, fileName, status }: BatchDoc): Hit {
  return { kind: 'batch', id: _id, label: fileName, href: `/api/v1/batchtransactions/${_id}`, status };
}

async function paymentHits({ c }: ApiDeps, tenantId: string, id: string): Promise<Hit[]> {
  const found = isUuid(id) ? await findPayment(c, tenantId, id) : undefined;
  if (!found) return [];
  const { endToEndId, batch, transfer, row } = found;
  const outcome = await c.outcomes.findOne({ _id: rowKeyBytes(found.batchId, row) }, { projection: { status: 1 } });
  return [
    {
      kind: transfer ? 'transfer' : 'payment',
      id: endToEndId,
      label: transfer ? 'single payment' : `row ${row} of ${batch?.fileName ?? 'a batch'}`,
      href: `/api/v1/payments/${endToEndId}`,
      batch_id: batch?._id ?? null,
      row,
      outcome: outcome?.status ?? null,
    },
  ];
}

async function keyHits(processes: ReadProcesses, tenantId: string, key: string): Promise<Hit[]> {
  if (!/^\d{1,19}$/.test(key)) return [];
  const [instance, incident] = await Promise.all([
    processes.instance(tenantId, key),
    processes.incident(tenantId, key),
  ]);
  return [
    ...(instance
      ? [{ kind: 'process_instance', id: key, label: instance.processId, href: `/api/v1/process-instances/${key}` }]
      : []),
    ...(incident ? [{ kind: 'incident', id: key, label: incident.message, href: `/api/v1/incidents/${key}` }] : []),
  ];
}
