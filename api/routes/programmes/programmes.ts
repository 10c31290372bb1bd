/** GET /api/v1/programmes, GET and PUT …/{id}, POST …/{id}/close: whose account pays batches, and up to how much. */
import type { Request, RequestHandler, Response } from 'express';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import type { TenantDoc } from '../../../store/documents.ts';
import type { ProgrammeDoc } from '../../../store/programme-documents.ts';
import type { Programmes, Put, WithChange } from '../../../store/programmes.ts';
import { actorOf } from '../../actor.ts';
import { checkedReason, commander } from '../../commander.ts';
import type { ApiDeps } from '../../deps.ts';
import { isProgrammeId } from '../../programme-header.ts';
import { headerText, readObject, readQuery, tenantOf } from '../../request.ts';
import { readProgramme } from './read-programme.ts';
import { shownProgramme } from './shown.ts';

export function listProgrammes(programmes: Programmes): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(undefined, req);
    const query = readQuery(req, ['institution_id', 'state', 'cursor', 'limit']);
    const filter = { institutionId: query.text('institution_id'), state: query.word('state', ['open', 'closed']) };
    const limit = query.whole('limit', 50, 1, 200);
    const cursor = query.text('cursor');
    if (cursor !== undefined && !isProgrammeId(cursor)) {
      query.problem('cursor', 'hand back next_cursor of the page before as it came');
    }
    query.done();
    const found = await programmes.list(tenant._id, filter, cursor, limit);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({ programmes: found.map(shownProgramme), next_cursor: last?.id ?? null });
  };
}

export function getProgramme(programmes: Programmes): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(undefined, req);
    readQuery(req, []).done();
    answer(res, 200, await programmeIn(programmes, req, tenant));
  };
}

/** Makes a programme, or sets all of it anew for whoever has seen its version. */
export function putProgramme(deps: ApiDeps, programmes: Programmes, withChange: WithChange): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const by = commander(req);
    const id = String(req.params.id);
    const from = versionIn(req);
    const settings = await readProgramme(req, id);
    const put = await programmes.put(tenant._id, id, settings, from, actorOf(req), withChange);
    const programme = programmeOfPut(put);
    if (put.kind !== 'same') {
      deps.log.info(`programme ${put.kind}`, {
        tenantId: tenant._id,
        programmeId: id,
        version: programme.version,
        by,
      });
    }
    if (put.kind === 'made') res.set('Location', `/api/v1/programmes/${id}`);
    answer(res, put.kind === 'made' ? 201 : 200, programme);
  };
}

export function postClose(deps: ApiDeps, programmes: Programmes): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const by = commander(req);
    const { reason } = await readObject(req, ['reason']);
    const errors: NamedError[] = [];
    const why = checkedReason(reason, errors);
    if (errors.length > 0) throw invalidRequest(errors);
    const closed = { by, reason: why, at: deps.now() };
    const programme = await programmes.close(tenant._id, String(req.params.id), closed, actorOf(req));
    if (!programme) throw notFound();
    deps.log.info('programme closed', { tenantId: tenant._id, programmeId: programme.id, by });
    answer(res, 200, programme);
  };
}

/** The tenant's own programme named in the path. */
export async function programmeIn(programmes: Programmes, req: Request, tenant: TenantDoc): Promise<ProgrammeDoc> {
  const programme = await programmes.get(tenant._id, String(req.params.id));
  if (!programme) throw notFound();
  return programme;
}

function notFound(): Problem {
  return new Problem(
    'programme-not-found',
    'the tenant has no programme of this id: GET /api/v1/programmes lists them',
  );
}

function answer(res: Response, status: number, programme: ProgrammeDoc): void {
  res.set('ETag', `"${programme.version}"`);
  res.status(status).json(shownProgramme(programme));
}

/** The version of If-Match; undefined where there is none. */
function versionIn(req: Request): number | undefined {
  const text = headerText(req, 'if-match');
  if (text === undefined) return undefined;
  const [, version] = /^"?([1-9]\d{0,8})"?$/.exec(text) ?? [];
  if (version !== undefined) return Number(version);
  throw invalidRequest([{ name: 'If-Match', message: 'hand back the ETag of the programme as it came, such as "3"' }]);
}

function programmeOfPut(put: Put): ProgrammeDoc {
  if (put.kind === 'closed') {
    throw new Problem('programme-not-paying', 'the programme was closed, for ever: make another one');
  }
  if (put.kind !== 'conflict') return put.programme;
  const version = put.programme?.version;
  const detail = version
    ? `the programme is at version ${version}: look at it, then send If-Match: "${version}" with what it is to be`
    : 'there is no such programme: leave If-Match out to make it';
  throw new Problem('version-conflict', detail, { version: version ?? null });
}
