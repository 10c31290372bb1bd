/** Files in S3: streamed in and out, never rewritten with other bytes by the hub. The only place that imports @aws-sdk. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Servers } from './config.ts';

/** The key names no object, or no longer. */
export class ObjectMissing extends Error {
  override name = 'ObjectMissing';
}

export type PutOptions = { readonly contentType?: string; readonly signal?: AbortSignal };

export type PutNewOptions = {
  readonly contentType: string;
  readonly signal: AbortSignal;
  /** Looked at right before the request leaves: nothing does once it is true. */
  readonly isLate: () => boolean;
};

/** `there`: an object of that key was there before. `notSent` proves that none was written; `lost` proves nothing. */
export type PutNew =
  | { readonly kind: 'written' | 'there' }
  | { readonly kind: 'notSent' | 'lost'; readonly text: string; readonly status?: number };

export type ListedObject = {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  readonly tag: string;
};

export type ObjectStore = {
  /** Streams `body` to `key`; holds two parts of 5 MiB in memory at most. When it throws, nothing is left under the key. */
  put(key: string, body: AsyncIterable<Uint8Array | string>, options?: PutOptions): Promise<void>;
  /**
   * Writes an object where there is none, in one conditional request whose bytes the server compares with their MD5.
   * `body` is called twice and must give the same both times: once to measure, once to send. Never throws for what the
   * network or the server does.
   */
  putNew(key: string, body: () => Iterable<string>, options: PutNewOptions): Promise<PutNew>;
  /** Objects whose key begins with `prefix`, a thousand per request. Throws when the answer is no list of this bucket. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject>;
  /** The object's bytes; throws ObjectMissing. Destroy it when not read to its end. */
  get(key: string, signal?: AbortSignal): Promise<Readable>;
  /**
   * The object's bytes, each part by a request of its own: whoever stops for long in between holds no connection.
   * Throws ObjectMissing.
   */
  parts(key: string): AsyncGenerator<Uint8Array>;
  exists(key: string, signal?: AbortSignal): Promise<boolean>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /**
   * Has the bucket remove parts of uploads that nobody ended, so many days after; rules of others stay. Throws where the
   * server has no such rules, or does not let us set them.
   */
  tidyUploads(days: number): Promise<void>;
  /** A link that anybody may open for `seconds`; the browser saves it as `fileName`. */
  linkTo(key: string, options: { readonly fileName: string; readonly seconds: number }): Promise<string>;
  /** Throws when the bucket does not answer. */
  ping(): Promise<void>;
  close(): void;
};

/** S3's smallest part; 10,000 of them hold 48 GiB, far beyond the largest file we take. */
const partBytes = 5 * 1024 * 1024;
const partsAtOnce = 2;
const leftoversRule = 'tributary-leftovers-of-uploads';
const smallWriteBytes = 64 * 1024;
const readPartBytes = 64 * 1024;

/** `attempts`: tries of a request whose answer is lost or bad. */
export function createObjectStore(config: Servers['s3'], { attempts = 4 } = {}): ObjectStore {
  const bucket = config.bucket;
  const client = new S3Client({
    endpoint: config.endpoint,
    region: config.region,
    credentials: { accessKeyId: config.accessKey, secretAccessKey: config.secretKey },
    forcePathStyle: true,
    maxAttempts: attempts,
    // What goes wrong is thrown or answered; the SDK would also write it to the console.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    // A part of 5 MiB over a slow line fits in a minute; anything slower is a broken line.
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 60_000,
      socketTimeout: 60_000,
      throwOnRequestTimeout: true,
    },
    // S3 servers other than Amazon's may not know the newer trailing checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

  async function readPart(key: string, at: number): Promise<{ bytes: Uint8Array; size: number }> {
    try {
      const Range = `bytes=${at}-${at + readPartBytes - 1}`;
      const { Body, ContentRange } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      // A server that knows no ranges sends everything at once.
      return { bytes, size: Number(ContentRange?.split('/')[1] ?? bytes.length) };
    } catch (error) {
      if ((error as { name?: string }).name === 'InvalidRange') return { bytes: new Uint8Array(), size: at };
      throw isMissing(error) ? new ObjectMissing(`there is no object ${key}`, { cause: error }) : error;
    }
  }

  return {
    async put(key, body, options = {}) {
      const upload = new Upload({
        client,
        params: { Bucket: bucket, Key: key, Body: Readable.from(gathered(body)), ContentType: options.contentType },
        partSize: partBytes,
        queueSize: partsAtOnce,
        leavePartsOnError: false,
      });
      const stop = () => void upload.abort();
      options.signal?.addEventListener('abort', stop, { once: true });
      try {
        options.signal?.throwIfAborted();
        await upload.done();
      } finally {
        options.signal?.removeEventListener('abort', stop);
      }
    },

    async putNew(key, body, { contentType, signal, isLate }) {
      const { sizeBytes, md5 } = measured(body());
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: Readable.from(gathered(body()), { objectMode: false }),
        ContentLength: sizeBytes,
        ContentMD5: md5.toString('base64'),
        ContentType: contentType,
        IfNoneMatch: '*',
      });
      let isWritten = false;
      command.middlewareStack.add(
        (next) => (args) => {
          if (isLate() || signal.aborted) throw new RangeError('it was too late to write');
          isWritten = true;
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low' },
      );
      try {
        const { ETag } = await client.send(command, { abortSignal: signal });
        if (ETag?.replaceAll('"', '') === md5.toString('hex')) return { kind: 'written' };
        return { kind: 'lost', text: 'the server did not confirm what it was sent' };
      } catch (error) {
        return notPut(error, isWritten);
      }
    },

    async *list(prefix, signal) {
      let token: string | undefined;
      do {
        const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
        const page = await client.send(command, { abortSignal: signal });
        if (page.Name !== bucket) throw new Error('the answer is no list of the bucket');
        for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
          if (!Key || Size === undefined || !LastModified) throw new Error('an object in the list cannot be read');
          yield { key: Key, sizeBytes: Size, modifiedAt: LastModified, tag: ETag ?? '' };
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    async get(key, signal) {
      try {
        const command = new GetObjectCommand({ Bucket: bucket, Key: key });
        const { Body } = await client.send(command, { abortSignal: signal });
        return Body as Readable;
      } catch (error) {
        throw isMissing(error) ? new ObjectMissing(`there is no object ${key}`, { cause: error }) : error;
      }
    },

    async *parts(key) {
      for (let at = 0, end = 1; at < end; ) {
        const { bytes, size } = await readPart(key, at);
        yield bytes;
        at += bytes.length;
        end = size;
      }
    },

    async exists(key, signal) {
      try {
        await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },

    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },

    async copy(from, to) {
      const source = `${bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
      try {
        await client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: source }));
      } catch (error) {
        throw isMissing(error) ? new ObjectMissing(`there is no object ${from}`, { cause: error }) : error;
      }
    },

    async tidyUploads(days) {
      const asked = client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
      const rules = await asked.then(
        ({ Rules = [] }) => Rules,
        (error: { name?: string }) => {
          if (error.name === 'NoSuchLifecycleConfiguration') return [];
          throw error;
        },
      );
      if (rules.some(({ ID }) => ID === leftoversRule)) return;
      const AbortIncompleteMultipartUpload = { DaysAfterInitiation: days };
      const own = {
        ID: leftoversRule,
        Status: 'Enabled',
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload,
      } as const;
      const LifecycleConfiguration = { Rules: [...rules, own] };
      await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration }));
    },

    linkTo(key, { fileName, seconds }) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseContentDisposition: attachment(fileName),
      });
      return getSignedUrl(client, command, { expiresIn: seconds });
    },

    async ping() {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
    },

    close: () => client.destroy(),
  };
}

/** The header that makes a browser save a file under a name of any letters. RFC 6266, RFC 8187. */
export function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\w .()-]/g, '_');
  const encoded = encodeURIComponent(fileName.replaceAll(/[\ud800-\udfff]/gu, '_')).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** Joins small writes, because each one costs a turn of the event loop in the uploader. */
async function* gathered(body: AsyncIterable<Uint8Array | string> | Iterable<string>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const piece of body) {
    const bytes =
      typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes < smallWriteBytes) continue;
    yield Buffer.concat(held);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

function measured(body: Iterable<string>): { sizeBytes: number; md5: Buffer } {
  const hash = createHash('md5');
  let sizeBytes = 0;
  for (const piece of body) {
    sizeBytes += Buffer.byteLength(piece);
    hash.update(piece);
  }
  return { sizeBytes, md5: hash.digest() };
}

/** What a failed write proves: nothing was written where the server was not reached or said so itself. */
function notPut(error: unknown, isWritten: boolean): PutNew {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  const text = [...new Set([name, code, message])].filter(Boolean).join(': ').slice(0, 200);
  const status = statusOf(error);
  if (!isWritten) return { kind: 'notSent', text };
  if (status === 412) return { kind: 'there' };
  const isUnreached = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'].includes(code ?? '');
  const isRefused = status === 429 || status === 503 || (status !== undefined && status >= 400 && status < 409);
  return { kind: isUnreached || isRefused ? 'notSent' : 'lost', text, ...(status !== undefined && { status }) };
}

function isMissing(error: unknown): boolean {
  const { name } = error as { name?: string };
  return name === 'NoSuchKey' || name === 'NotFound' || statusOf(error) === 404;
}

/** Also of an answer whose body was no XML. */
function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}
