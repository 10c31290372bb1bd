/** POST /batchtransactions: a file, the name of a file, or payments as JSON become a batch. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { invalidRequest, Problem } from '../../domain/problem.ts';
import type { Accepted } from '../../store/accept-batch.ts';
import type { FileDoc, TenantDoc } from '../../store/documents.ts';
import { actorOf } from '../actor.ts';
import { algorithmsOf, checkKnown, createTap } from '../checksums.ts';
import type { ApiDeps } from '../deps.ts';
import { type DryRunReport, dryRun } from '../dry-run.ts';
import { readForm } from '../form.ts';
import { csvOfJson } from '../json-rows.ts';
import { signatureOf } from '../ph-ee/signature.ts';
import type { FileFacts, FileRules } from '../receive-file.ts';
import { headerText, isLabel, tenantOf } from '../request.ts';
import { bodyOf, storeFile } from '../store-file.ts';
import { batchSwitches, readSubmission, type Submission } from '../submission.ts';

type Taken = Exclude<Accepted, { kind: 'keyReused' }>;
/** What came with the bytes: the name that the form gave the file, and its options. */
type Came = { readonly partName?: string; readonly options?: string };

export function postBatch(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const asked = await readSubmission(req, tenant, deps.lookup);
    if (asked.options !== undefined) batchSwitches(tenant, [asked.options]);
    if (asked.isDryRun) return deps.admission.place(tenant._id, () => checkOnly(deps, req, res, tenant, asked));
    await deps.admission.checkRoom(tenant._id, 'batches');
    const taken = await deps.admission.place(tenant._id, () => acceptBatch(deps, req, tenant, asked));
    answerAccepted(res, taken);
  };
}

async function acceptBatch(deps: ApiDeps, req: Request, tenant: TenantDoc, asked: Submission): Promise<Taken> {
  const batchId = randomUUID();
  const key = `${tenant._id}/${batchId}/request.csv`;
  await deps.uploads.begin(tenant._id, key);
  let isUnowned = true;
  try {
    const { facts, came } = await receive(deps, req, tenant, asked, key);
    const switches = batchSwitches(tenant, [asked.options, came.options]);
    const { way: source, requestId, isRequestIdGiven, idempotencyKey, purpose, maker, callbackUrl } = asked;
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
      ...facts,
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
      throw new Problem('idempotency-key-reused', 'this Idempotency-Key came before with another file: use a new one');
    }
    deps.log.info(`batch ${accepted.kind}`, {
      batchId: accepted.batch._id,
      tenantId: tenant._id,
      sizeBytes: facts.sizeBytes,
      source,
    });
    return accepted;
  } finally {
    if (isUnowned) await deps.uploads.discard(key);
  }
}

/** The bytes, whichever way they come, are under `key` afterwards, and every checksum was right. */
async function receive(
  deps: ApiDeps,
  req: Request,
  tenant: TenantDoc,
  asked: Submission,
  key: string,
): Promise<{ facts: FileFacts; came: Came }> {
  let facts: FileFacts | undefined;
  if (asked.way === 'file') {
    const file = await uploadedFile(deps, tenant, asked);
    signatureOf(req)?.check();
    checkKnown(asked.checksums.file, file, 'the file');
    await deps.objects.copy(file.key, key);
    return { facts: { md5: file.md5, sha256: file.sha256, sizeBytes: Number(file.sizeBytes) }, came: {} };
  }
  const came = await readFile(deps, req, asked, async (file, rules) => {
    facts = await storeFile(deps, key, file, rules);
  });
  if (!facts) throw new Problem('file-not-uploaded', 'the request brings no file');
  return { facts, came };
}

/** Hands the file of the request to `take`, then checks the checksums of the body. */
async function readFile(
  deps: ApiDeps,
  req: Request,
  asked: Submission,
  take: (file: AsyncIterable<Uint8Array>, rules: FileRules) => Promise<void>,
): Promise<Came> {
  const tap = createTap(new Set(algorithmsOf(asked.checksums.body)));
  const body = bodyOf(req, tap.update);
  const rules = {
    ...deps.limits,
    railColumns: deps.rails.columns.map(({ name }) => name),
    checksums: asked.checksums.file,
  };
  let came: Came = {};
  if (asked.way === 'csv') {
    let partName: string | undefined;
    const fields = await readForm(req, body, (file, fileName) => {
      partName = fileName || undefined;
      return take(seenBySignature(req, file), rules);
    });
    came = { partName, options: fields.get('options') };
    const unknown = [...fields.keys()].filter((name) => name !== 'options');
    if (unknown.length > 0) {
      const message = 'is not known here; beside the file there may be options';
      throw invalidRequest(unknown.slice(0, 20).map((name) => ({ name: name.slice(0, 60), message })));
    }
  } else {
    await readJson(deps, req, asked, seenBySignature(req, body), (file, plain) => take(file, { ...rules, ...plain }));
  }
  tap.check(asked.checksums.body, 'the body');
  signatureOf(req)?.check();
  return came;
}

/** The file of a form is what is signed, and the body of any other request. */
async function* seenBySignature(req: Request, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const signature = signatureOf(req);
  for await (const piece of bytes) {
    signature?.update(piece);
    yield piece;
  }
}

/** The file of a JSON request is its body: limits and checksums are of the body, what is kept is the CSV made of it. */
async function readJson(
  deps: ApiDeps,
  req: Request,
  asked: Submission,
  body: AsyncIterable<Uint8Array>,
  take: (file: AsyncIterable<Uint8Array>, rules: { checksums: []; fileBytes: number }) => Promise<void>,
): Promise<void> {
  const type = headerText(req, 'content-type') ?? '';
  if (!/^application\/json\b/i.test(type)) {
    throw new Problem('unsupported-media-type', 'type=raw takes application/json, or no body and a filename');
  }
  const tap = createTap(new Set(algorithmsOf(asked.checksums.file)));
  async function* limited(): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const piece of body) {
      size += piece.length;
      if (size > deps.limits.fileBytes) {
        throw new Problem('file-too-large', `the body has more than ${deps.limits.fileBytes} bytes: send it in parts`);
      }
      tap.update(piece);
      yield piece;
    }
  }
  await take(encoded(csvOfJson(limited())), { checksums: [], fileBytes: Number.POSITIVE_INFINITY });
  tap.check(asked.checksums.file, 'the body');
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text);
}

async function uploadedFile(deps: ApiDeps, tenant: TenantDoc, asked: Submission): Promise<FileDoc> {
  const file = await deps.c.files.findOne({ _id: `${tenant._id}/${asked.fileName}`, tenantId: tenant._id });
  if (file) return file;
  throw new Problem('file-not-found', 'no file was uploaded under this name: PUT /api/v1/files/{filename} first');
}

function fileNameOf(asked: Submission, came: Came): string {
  if (asked.fileName !== undefined) return asked.fileName;
  if (came.partName !== undefined && isLabel(came.partName, 255)) return came.partName;
  return 'request.csv';
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
async function checkOnly(deps: ApiDeps, req: Request, res: Response, tenant: TenantDoc, asked: Submission) {
  const report = await reportOf(deps, req, tenant, asked);
  try {
    await report.sendTo(res);
  } finally {
    await report.close();
  }
}

async function reportOf(deps: ApiDeps, req: Request, tenant: TenantDoc, asked: Submission): Promise<DryRunReport> {
  let report: DryRunReport | undefined;
  const check = async (file: AsyncIterable<Uint8Array>, rules: FileRules) => {
    const { institution } = asked;
    const registrar = { tenantId: tenant._id, institution: institution ?? '' };
    report = await dryRun(file, {
      ...rules,
      rails: deps.rails,
      tenantId: tenant._id,
      institution,
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
      came = await readFile(deps, req, asked, check);
    }
    report?.setSwitches(batchSwitches(tenant, [asked.options, came.options]));
    if (!report) throw new Problem('file-not-uploaded', 'the request brings no file');
    return report;
  } catch (error) {
    await report?.close();
    throw error;
  }
}
