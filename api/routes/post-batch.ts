/** POST /batchtransactions: a file, the name of a file, or payments as JSON become a batch. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { Problem } from '../../domain/problem.ts';
import type { Switches } from '../../domain/switches.ts';
import { createObjectWriter } from '../../platform/object-writer.ts';
import type { Accepted } from '../../store/accept-batch.ts';
import type { FileDoc, TenantDoc } from '../../store/documents.ts';
import type { BatchProgramme } from '../../store/programme-documents.ts';
import { actorOf } from '../actor.ts';
import { checkKnown } from '../checksums.ts';
import type { ApiDeps } from '../deps.ts';
import { type DryRunReport, dryRun } from '../dry-run.ts';
import { signatureOf } from '../ph-ee/signature.ts';
import { programmeOf } from '../programme-header.ts';
import { type Came, readBody } from '../read-body.ts';
import type { FileFacts, FileRules } from '../receive-file.ts';
import { isLabel, tenantOf } from '../request.ts';
import { storeFile } from '../store-file.ts';
import { batchSwitches, readSubmission, type Submission } from '../submission.ts';

/** Whose account pays, where a programme is named. */
type Asked = Submission & { readonly programme?: BatchProgramme };
type Taken = Exclude<Accepted, { kind: 'keyReused' }>;
type Keys = { readonly key: string; readonly originalKey?: string };

export function postBatch(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const asked: Asked = {
      ...(await readSubmission(req, tenant, deps.lookup)),
      programme: await programmeOf(deps, req, tenant),
    };
    if (asked.options !== undefined) batchSwitches(deps, tenant, [asked.options]);
    if (asked.isDryRun) return deps.admission.place(tenant._id, () => checkOnly(deps, req, res, tenant, asked));
    await deps.admission.checkRoom(tenant._id, 'batches');
    const taken = await deps.admission.place(tenant._id, () => acceptBatch(deps, req, tenant, asked));
    answerAccepted(res, taken);
  };
}

async function acceptBatch(deps: ApiDeps, req: Request, tenant: TenantDoc, asked: Asked): Promise<Taken> {
  const batchId = randomUUID();
  const key = `${tenant._id}/${batchId}/request.csv`;
  const originalKey = asked.way === 'pain.001' ? `${tenant._id}/${batchId}/request.xml` : undefined;
  const keys = [key, ...(originalKey ? [originalKey] : [])];
  for (const each of keys) await deps.uploads.begin(tenant._id, each);
  let isUnowned = true;
  try {
    const { facts, came } = await receive(deps, req, tenant, asked, { key, originalKey });
    const switches = batchSwitches(deps, tenant, [asked.options, came.options]);
    checkProgramme(switches, asked);
    const { way: source, isRequestIdGiven, programme, purpose, maker, callbackUrl } = asked;
    const { messageId } = came;
    // A sender of ISO 20022 gives a MsgId to one message only.
    const idempotencyKey = asked.idempotencyKey ?? (messageId === undefined ? undefined : `pain.001/${messageId}`);
    const requestId = isRequestIdGiven ? asked.requestId : (messageId ?? asked.requestId);
    // From here until the answer the batch may be there without us knowing: then only the sweep can tell.
    isUnowned = false;
    const accepted = await deps.accept({
      _id: batchId,
      tenantId: tenant._id,
      requestId,
      isRequestIdGiven,
      idempotencyKey,
      actor: actorOf(req),
      fileName: fileNameOf(asked, came),
      source,
      requestKey: key,
      ...(originalKey && { originalKey }),
      ...facts,
      programme,
      purpose,
      notes: 'Bulk transfers',
      callbackUrl,
      declaredCount: asked.declaredCount,
      declaredTotal: asked.declaredTotal,
      institution: asked.institution,
      maker,
      switches,
    });
    isUnowned = accepted.kind !== 'accepted';
    if (accepted.kind === 'keyReused') {
      const what = asked.idempotencyKey === undefined ? 'MsgId' : 'Idempotency-Key';
      throw new Problem('idempotency-key-reused', `this ${what} came before with another file: use a new one`);
    }
    deps.log.info(`batch ${accepted.kind}`, {
      batchId: accepted.batch._id,
      tenantId: tenant._id,
      sizeBytes: facts.sizeBytes,
      source,
    });
    return accepted;
  } finally {
    if (isUnowned) for (const each of keys) await deps.uploads.discard(each);
  }
}

/** A budget that could be left out with the headers would hold nobody. */
function checkProgramme({ budget }: Switches, { programme }: Asked): void {
  if (!budget.enable || programme) return;
  const detail =
    'budget.enable is on: send X-Registering-Institution-ID and X-Program-ID, whose budget holds the total';
  throw new Problem('programme-required', detail);
}

/** The bytes, whichever way they come, are under `key` afterwards, and every checksum was right. */
async function receive(
  deps: ApiDeps,
  req: Request,
  tenant: TenantDoc,
  asked: Submission,
  { key, originalKey }: Keys,
): Promise<{ facts: FileFacts; came: Came }> {
  let facts: FileFacts | undefined;
  if (asked.way === 'file') {
    const file = await uploadedFile(deps, tenant, asked);
    signatureOf(req)?.check();
    checkKnown(asked.checksums.file, file, 'the file');
    await deps.objects.copy(file.key, key);
    return { facts: { md5: file.md5, sha256: file.sha256, sizeBytes: Number(file.sizeBytes) }, came: {} };
  }
  const original =
    originalKey === undefined
      ? undefined
      : createObjectWriter(deps.objects, originalKey, { contentType: 'application/xml' });
  const take = async (file: AsyncIterable<Uint8Array>, rules: FileRules) => {
    facts = await storeFile(deps, key, file, rules);
  };
  const keep = original && {
    write: original.write,
    // The batch is what was sent, not what was made of it: a change of the tenant's rules makes no other message of it.
    end: (whole: FileFacts) => {
      facts = whole;
    },
  };
  let came: Came;
  try {
    came = await readBody(deps, req, tenant, asked, take, keep);
    await original?.end();
  } catch (error) {
    original?.abort(error);
    throw error;
  }
  if (!facts) throw new Problem('file-not-uploaded', 'the request brings no file');
  return { facts, came };
}

async function uploadedFile(deps: ApiDeps, tenant: TenantDoc, asked: Submission): Promise<FileDoc> {
  const file = await deps.c.files.findOne({ _id: `${tenant._id}/${asked.fileName}`, tenantId: tenant._id });
  if (file) return file;
  throw new Problem('file-not-found', 'no file was uploaded under this name: PUT /api/v1/files/{filename} first');
}

function fileNameOf(asked: Submission, came: Came): string {
  if (asked.fileName !== undefined) return asked.fileName;
  if (came.partName !== undefined && isLabel(came.partName, 255)) return came.partName;
  return asked.way === 'pain.001' ? 'request.xml' : 'request.csv';
}

/** The same body for the first answer and every replay of it. */
function answerAccepted(res: Response, { batch, kind }: Taken): void {
  const path = `/api/v1/batchtransactions/${batch._id}`;
  res.set('Location', path);
  if (kind === 'replayed') res.set('Idempotent-Replayed', 'true');
  res.status(202).json({
    batch_id: batch._id,
    request_id: batch.requestId,
    status: 'queued',
    PollingPath: path,
    SuggestedCallbackSeconds: '120',
    ...(batch.seenBefore ? { seen_before: batch.seenBefore } : {}),
  });
}

/** Reads and checks everything, keeps nothing, starts nothing. */
async function checkOnly(deps: ApiDeps, req: Request, res: Response, tenant: TenantDoc, asked: Asked) {
  const report = await reportOf(deps, req, tenant, asked);
  try {
    await report.sendTo(res);
  } finally {
    await report.close();
  }
}

async function reportOf(deps: ApiDeps, req: Request, tenant: TenantDoc, asked: Asked): Promise<DryRunReport> {
  let report: DryRunReport | undefined;
  const check = async (file: AsyncIterable<Uint8Array>, rules: FileRules) => {
    const { institution, programme } = asked;
    const registrar = { tenantId: tenant._id, institution: institution ?? '' };
    report = await dryRun(file, {
      ...rules,
      rails: deps.rails,
      tenantId: tenant._id,
      institution,
      programme,
      beneficiariesOf: (identities) => deps.beneficiaries.known(registrar, identities),
      declared: asked,
    });
  };
  const rules = { ...deps.limits, railColumns: deps.rails.columns.map(({ name }) => name), checksums: [] };
  let came: Came = {};
  try {
    if (asked.way === 'file') {
      const file = await uploadedFile(deps, tenant, asked);
      checkKnown(asked.checksums.file, file, 'the file');
      const source = await deps.objects.get(file.key);
      await check(source, rules).finally(() => source.destroy());
    } else {
      came = await readBody(deps, req, tenant, asked, check);
    }
    const switches = batchSwitches(deps, tenant, [asked.options, came.options]);
    checkProgramme(switches, asked);
    report?.setSwitches(switches);
    if (!report) throw new Problem('file-not-uploaded', 'the request brings no file');
    return report;
  } catch (error) {
    await report?.close();
    throw error;
  }
}
