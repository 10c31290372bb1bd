/** The bytes of a POST /batchtransactions, whichever way they come: a form's file, a message, or payments as JSON. */
import type { Request } from 'express';
import { optionalColumns } from '../domain/batch-file.ts';
import { invalidRequest, Problem } from '../domain/problem.ts';
import type { Pain001Header } from '../platform/pain001.ts';
import type { TenantDoc } from '../store/documents.ts';
import { algorithmsOf, createTap } from './checksums.ts';
import type { ApiDeps } from './deps.ts';
import { readForm } from './form.ts';
import { csvOfJson } from './json-rows.ts';
import { csvOfPain001 } from './pain001-rows.ts';
import { signatureOf } from './ph-ee/signature.ts';
import type { FileFacts, FileRules } from './receive-file.ts';
import { headerText } from './request.ts';
import { bodyOf } from './store-file.ts';
import type { Submission } from './submission.ts';

/** What came with the bytes: the name that the form gave the file, its options, the MsgId of a pain.001. */
export type Came = { readonly partName?: string; readonly options?: string; readonly messageId?: string };
type Bytes = AsyncIterable<Uint8Array>;
type ToCsv = (bytes: Bytes) => AsyncIterable<string>;
export type Take = (file: Bytes, rules: FileRules) => Promise<void>;
/** Gets a file that is converted as it came. */
export type Keep = { write(piece: Uint8Array): Promise<void>; end(whole: FileFacts): void };

/** Hands the file of the request to `take`, then checks the checksums of the body. */
export async function readBody(
  deps: ApiDeps,
  req: Request,
  tenant: TenantDoc,
  asked: Submission,
  take: Take,
  keep?: Keep,
): Promise<Came> {
  const tap = createTap(new Set(algorithmsOf(asked.checksums.body)));
  const body = bodyOf(req, tap.update);
  const rules = {
    ...deps.limits,
    railColumns: deps.rails.columns.map(({ name }) => name),
    checksums: asked.checksums.file,
  };
  const signed = (file: Bytes) => seenBySignature(req, file);
  const converted = (toCsv: ToCsv) => (file: Bytes) =>
    takeConverted(deps, asked, signed(file), toCsv, (csv, plain) => take(csv, { ...rules, ...plain }), keep);
  let came: Came;
  if (asked.way === 'csv') came = await readParts(req, body, (file) => take(signed(file), rules));
  else if (asked.way === 'json') came = await readJson(req, body, converted(csvOfJson));
  else {
    let messageId: string | undefined;
    const onHeader = (header: Pain001Header) => {
      messageId = header.messageId;
    };
    const columns = [...optionalColumns, ...rules.railColumns];
    const options = { rules: tenant.pain001 ?? {}, columns, now: deps.now(), onHeader };
    const parts = await readXml(
      req,
      body,
      converted((xml) => csvOfPain001(xml, options)),
    );
    came = { ...parts, messageId };
  }
  tap.check(asked.checksums.body, 'the body');
  signatureOf(req)?.check();
  return came;
}

/** The file of a form is what is signed, and the body of any other request. */
async function* seenBySignature(req: Request, bytes: Bytes): AsyncGenerator<Uint8Array> {
  const signature = signatureOf(req);
  for await (const piece of bytes) {
    signature?.update(piece);
    yield piece;
  }
}

async function readJson(req: Request, body: Bytes, take: (file: Bytes) => Promise<void>): Promise<Came> {
  if (!/^application\/json\b/i.test(headerText(req, 'content-type') ?? '')) {
    throw new Problem('unsupported-media-type', 'type=raw takes application/json, or no body and a filename');
  }
  await take(body);
  return {};
}

/** A message by itself, or as the one file of a form. */
async function readXml(req: Request, body: Bytes, take: (file: Bytes) => Promise<void>): Promise<Came> {
  const type = headerText(req, 'content-type') ?? '';
  if (/^multipart\/form-data\b/i.test(type)) return readParts(req, body, take);
  if (!/^(application|text)\/xml\b/i.test(type)) {
    throw new Problem(
      'unsupported-media-type',
      'type=pain.001 takes application/xml, or multipart/form-data with one file',
    );
  }
  await take(body);
  return {};
}

/** A form with one file, and options beside it. */
async function readParts(req: Request, body: Bytes, take: (file: Bytes) => Promise<void>): Promise<Came> {
  let partName: string | undefined;
  const fields = await readForm(req, body, (file, fileName) => {
    partName = fileName || undefined;
    return take(file);
  });
  const unknown = [...fields.keys()].filter((name) => name !== 'options');
  if (unknown.length > 0) {
    const message = 'is not known here; beside the file there may be options';
    throw invalidRequest(unknown.slice(0, 20).map((name) => ({ name: name.slice(0, 60), message })));
  }
  return { partName, options: fields.get('options') };
}

/** Limits and checksums are of what came; what is handed on is the CSV made of it. */
async function takeConverted(
  deps: ApiDeps,
  asked: Submission,
  file: Bytes,
  toCsv: ToCsv,
  take: (csv: Bytes, plain: { checksums: []; fileBytes: number }) => Promise<void>,
  keep?: Keep,
): Promise<void> {
  const tap = createTap(new Set(['md5', 'sha256', ...algorithmsOf(asked.checksums.file)] as const));
  let size = 0;
  async function* limited(): AsyncGenerator<Uint8Array> {
    for await (const piece of file) {
      size += piece.length;
      if (size > deps.limits.fileBytes) {
        throw new Problem('file-too-large', `the body has more than ${deps.limits.fileBytes} bytes: send it in parts`);
      }
      tap.update(piece);
      await keep?.write(piece);
      yield piece;
    }
  }
  await take(encoded(toCsv(limited())), { checksums: [], fileBytes: Number.POSITIVE_INFINITY });
  tap.check(asked.checksums.file, 'the body');
  keep?.end({ md5: tap.hex('md5'), sha256: tap.hex('sha256'), sizeBytes: size });
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text);
}
