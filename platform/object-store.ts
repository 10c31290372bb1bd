/** Files in S3: streamed in and out, never rewritten with other bytes by the hub. The only place that imports @aws-sdk. */
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
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

export type ObjectStore = {
  /** Streams `body` to `key`; holds two parts of 5 MiB in memory at most. When it throws, nothing is left under the key. */
  put(key: string, body: AsyncIterable<Uint8Array | string>, options?: PutOptions): Promise<void>;
  /** The object's bytes; throws ObjectMissing. Destroy it when not read to its end. */
  get(key: string): Promise<Readable>;
  /**
   * The object's bytes, each part by a request of its own: whoever stops for long in between holds no connection.
   * Throws ObjectMissing.
   */
  parts(key: string): AsyncGenerator<Uint8Array>;
  exists(key: string): Promise<boolean>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /** A link that anybody may open for `seconds`; the browser saves it as `fileName`. */
  linkTo(key: string, options: { readonly fileName: string; readonly seconds: number }): Promise<string>;
  /** Throws when the bucket does not answer. */
  ping(): Promise<void>;
  close(): void;
};

/** S3's smallest part; 10,000 of them hold 48 GiB, far beyond the largest file we take. */
const partBytes = 5 * 1024 * 1024;
const partsAtOnce = 2;
const smallWriteBytes = 64 * 1024;
const readPartBytes = 64 * 1024;

export function createObjectStore(config: Servers['s3']): ObjectStore {
  const bucket = config.bucket;
  const client = new S3Client({
    endpoint: config.endpoint,
    region: config.region,
    credentials: { accessKeyId: config.accessKey, secretAccessKey: config.secretKey },
    forcePathStyle: true,
    maxAttempts: 4,
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

    async get(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
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

    async exists(key) {
      try {
        await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
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
async function* gathered(body: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer> {
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

function isMissing(error: unknown): boolean {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return name === 'NoSuchKey' || name === 'NotFound' || $metadata?.httpStatusCode === 404;
}
