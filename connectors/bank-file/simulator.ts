/** A bank with a bucket: as much of S3 as the hub's client uses, and behind it a bank that carries out what is left there. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { xmlText } from '../../platform/xml.ts';
import { lateMsByDefault, magicOf, spoiltBy } from '../magic.ts';
import type { Simulator, SimulatorOptions } from '../simulator.ts';
import {
  busyAnswer,
  nonsenseAnswer,
  type Route,
  type SimulatedAnswer,
  type SimulatedRequest,
  startSimulator,
} from '../simulator-kit.ts';
import type { SimulatorLedger } from '../simulator-ledger.ts';
import { placesOf } from './client.ts';
import { type Bank, createBank, readPain001 } from './simulator-bank.ts';
import { type Folder, type Folders, type Listed, openFolders } from './simulator-folders.ts';
import type { Kept } from './simulator-reports.ts';

/** Keys made anew: keep what one call gives for both the rail and the simulator. */
export function localConfig(): Record<string, string> {
  return {
    bucket: 'bank',
    access_key: randomBytes(10).toString('hex'),
    secret_key: randomBytes(20).toString('hex'),
    debtor_name: 'Ministry of Finance',
    bic: 'TRIBSLF1XXX',
    archive: 'archive',
  };
}

export async function simulateBankFile(options: SimulatorOptions): Promise<Simulator> {
  const { config, dir, now = () => new Date() } = options;
  const folders = openFolders(join(dir, 'files'));
  const lateMs = Number(config.latems ?? lateMsByDefault);
  let bank: Bank | undefined;
  const simulator = await startSimulator<Kept>({
    options,
    routes(ledger) {
      bank = createBank({ ledger, folders, lateMs, now });
      return routesOf(config, folders, bank, ledger);
    },
    // An advice that cannot be written now is written by the next start.
    onDue: (entry) => void bank?.advise(entry).catch(() => {}),
    onReturn: async (entry) => bank?.giveBack(entry),
  });
  return simulator;
}

const pageMax = 1_000;

function routesOf(
  config: Readonly<Record<string, string>>,
  folders: Folders,
  bank: Bank,
  ledger: SimulatorLedger<Kept>,
): Route[] {
  const places = placesOf(config);
  const resumed = bank.resume();
  const folderOf = (name: string): Folder | undefined =>
    (['out', 'in', 'archive'] as const).find((folder) => places[folder] === `${name}/`);

  /** Only with the access key; whether the signature is right too is for a real S3 to say. */
  const guarded =
    (handle: (request: SimulatedRequest) => SimulatedAnswer | Promise<SimulatedAnswer>) =>
    async (request: SimulatedRequest): Promise<SimulatedAnswer> => {
      await resumed;
      if (request.params.bucket !== config.bucket) return problem(404, 'NoSuchBucket');
      const isKnown = request.headers.authorization?.includes(`Credential=${config.access_key}/`);
      return isKnown ? handle(request) : problem(403, 'InvalidAccessKeyId');
    };

  async function put({ params, headers, body }: SimulatedRequest): Promise<SimulatedAnswer> {
    const { name = '' } = params;
    if (folderOf(params.folder ?? '') !== 'out') return problem(403, 'AccessDenied');
    if (folders.has('out', name)) return problem(412, 'PreconditionFailed');
    const text = String(body ?? '');
    const md5 = createHash('md5').update(text).digest();
    if (headers['content-md5'] !== md5.toString('base64')) return problem(400, 'BadDigest');
    const { payments } = await readPain001(text);
    const magics = new Set(payments.map(({ payee }) => magicOf(payee)));
    const spoilt = spoiltBy(magics, magics.size > 1 || !magics.has(undefined) ? ledger.sightsOf(name) : 0);
    if (spoilt === 'busyTwice') return busyAnswer;
    if (spoilt === 'nonsense') return nonsenseAnswer;
    if (spoilt === 'cutBeforePaid') return 'hang-up';
    await folders.write('out', name, text);
    await bank.carryOut(name);
    if (magics.has('paidThenCut')) return 'hang-up';
    return { status: 200, headers: { etag: `"${md5.toString('hex')}"` }, text: '' };
  }

  function head({ params }: SimulatedRequest): SimulatedAnswer {
    const folder = folderOf(params.folder ?? '');
    return { status: folder && folders.has(folder, params.name ?? '') ? 200 : 404 };
  }

  async function get({ params }: SimulatedRequest): Promise<SimulatedAnswer> {
    const folder = folderOf(params.folder ?? '');
    const { name = '' } = params;
    if (!folder || !folders.has(folder, name)) return problem(404, 'NoSuchKey');
    return { status: 200, headers: { 'content-type': 'application/xml' }, text: await folders.read(folder, name) };
  }

  function list({ query }: SimulatedRequest): SimulatedAnswer {
    if (query.get('prefix') !== places.in) return problem(403, 'AccessDenied');
    const after = (query.get('continuation-token') ?? '').slice(places.in.length);
    const page = folders.incoming(after, pageMax + 1);
    const shown = page.slice(0, pageMax);
    const next = page.length > pageMax ? places.in + shown.at(-1)!.name : undefined;
    const contents = shown.map((file) => contentsXml(places.in, file)).join('');
    const more = `<IsTruncated>${next !== undefined}</IsTruncated>${next ? `<NextContinuationToken>${xmlText(next)}</NextContinuationToken>` : ''}`;
    const text = `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${xmlText(config.bucket!)}</Name><Prefix>${xmlText(places.in)}</Prefix><KeyCount>${shown.length}</KeyCount><MaxKeys>${pageMax}</MaxKeys>${more}${contents}</ListBucketResult>`;
    return { status: 200, headers: { 'content-type': 'application/xml' }, text };
  }

  const bucketRoutes = ['/:bucket', '/:bucket/'].flatMap((path): Route[] => [
    { method: 'GET', path, handle: guarded(list) },
    { method: 'HEAD', path, handle: guarded(() => ({ status: 200 })) },
  ]);
  const path = '/:bucket/:folder/:name';
  return [
    ...bucketRoutes,
    { method: 'PUT', path, handle: guarded(put) },
    { method: 'HEAD', path, handle: guarded(head) },
    { method: 'GET', path, handle: guarded(get) },
  ];
}

function contentsXml(prefix: string, { name, sizeBytes, modifiedAt }: Listed): string {
  const tag = `&#34;${sizeBytes}-${modifiedAt.getTime()}&#34;`;
  return `<Contents><Key>${xmlText(prefix + name)}</Key><LastModified>${modifiedAt.toISOString()}</LastModified><ETag>${tag}</ETag><Size>${sizeBytes}</Size></Contents>`;
}

function problem(status: number, code: string): SimulatedAnswer {
  const text = `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, text };
}
