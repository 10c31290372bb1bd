/** PUT and GET /api/v1/files/{filename}: a file is uploaded under a label, to be started later by that label. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Actor } from '../../domain/audit-chain.ts';
import { invalidRequest, Problem } from '../../domain/problem.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { NewAuditEntry } from '../../store/audit.ts';
import type { FileDoc, TenantDoc } from '../../store/documents.ts';
import { actorOf } from '../actor.ts';
import { algorithmsOf, createTap, readChecksums } from '../checksums.ts';
import type { ApiDeps } from '../deps.ts';
import { isLabel, readQuery, tenantOf } from '../request.ts';
import { bodyOf, storeFile } from '../store-file.ts';

export function putFile(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const fileName = fileNameOf(req);
    const checksums = readChecksums(req);
    const file = await deps.admission.place(tenant._id, () => receive(deps, req, tenant, fileName, checksums));
    res
      .status(201)
      .set('Location', `/api/v1/files/${encodeURIComponent(fileName)}`)
      .json(shown(file));
  };
}

async function receive(
  deps: ApiDeps,
  req: Request,
  tenant: TenantDoc,
  fileName: string,
  checksums: ReturnType<typeof readChecksums>,
): Promise<Omit<FileDoc, '_id'>> {
  const key = `${tenant._id}/files/${randomUUID()}`;
  await deps.uploads.begin(tenant._id, key);
  let unowned = key;
  try {
    const tap = createTap(new Set(algorithmsOf(checksums.body)));
    const railColumns = deps.rails.columns.map(({ name }) => name);
    const rules = { ...deps.limits, railColumns, checksums: checksums.file };
    const facts = await storeFile(deps, key, bodyOf(req, tap.update), rules);
    tap.check(checksums.body, 'the body');
    const file = { tenantId: tenant._id, fileName, key, ...facts, at: deps.now() };
    // Until it is known whether the transaction was committed, only the sweep may remove anything.
    unowned = '';
    unowned = (await own(deps, tenant, file, actorOf(req)))?.key ?? '';
    return file;
  } finally {
    if (unowned !== '') await deps.uploads.discard(unowned);
  }
}

export function getFile(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const file = await deps.c.files.findOne({ _id: `${tenant._id}/${fileNameOf(req)}`, tenantId: tenant._id });
    if (!file) throw new Problem('file-not-found', 'the tenant uploaded no file under this name');
    res.json(shown(file));
  };
}

/** The newest upload has the label; answers the one that had it before, which nobody owns any more. */
async function own({ mongo, c, uploads, audit }: ApiDeps, tenant: TenantDoc, file: Omit<FileDoc, '_id'>, who: Actor) {
  const _id = `${tenant._id}/${file.fileName}`;
  const replace = () =>
    mongo.transaction(async (session) => {
      const before = await c.files.findOneAndReplace({ _id }, file, { upsert: true, session });
      await uploads.owned(file.key, session);
      await audit.append(uploaded(file, before, who), session);
      if (before) await uploads.disowned(tenant._id, before.key, session);
      return before;
    });
  try {
    return await replace();
  } catch (error) {
    // Two first uploads of one label at the same time: the later one replaces.
    if (isDuplicateKey(error)) return replace();
    throw error;
  }
}

/** By key and checksum: the name may be a person's. */
function uploaded(file: Omit<FileDoc, '_id'>, had: FileDoc | null, who: Actor): NewAuditEntry {
  const { tenantId, key, at, sha256, sizeBytes } = file;
  const before = had ? { key: had.key, sha256: had.sha256 } : undefined;
  const object = { kind: 'file', id: key.split('/').at(-1)! };
  return { tenantId, at, who, action: 'file.put', object, before, after: { sha256, sizeBytes } };
}

function fileNameOf(req: Request): string {
  const fileName = String(req.params.filename);
  if (isLabel(fileName, 255)) return fileName;
  throw invalidRequest([{ name: 'filename', message: 'write up to 255 printable characters' }]);
}

function shown({ fileName, md5, sha256, sizeBytes, at }: Omit<FileDoc, '_id'>) {
  return { filename: fileName, md5, sha256, size: Number(sizeBytes), uploaded_at: at.toISOString() };
}
