/** Checksums that a client sends with its bytes: of the whole body (Content-MD5, RFC 9530) and of the file (X-Checksum-…). */
import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { invalidRequest, type NamedError, Problem } from '../domain/problem.ts';
import { headerText } from './request.ts';

type Algorithm = 'md5' | 'sha256' | 'sha512';
type Expected = { readonly header: string; readonly algorithm: Algorithm; readonly digest: Buffer };

export type Checksums = { readonly body: readonly Expected[]; readonly file: readonly Expected[] };

const digestBytes: Record<Algorithm, number> = { md5: 16, sha256: 32, sha512: 64 };
const contentDigestNames: Readonly<Record<string, Algorithm>> = {
  md5: 'md5',
  'sha-256': 'sha256',
  'sha-512': 'sha512',
};

/** What was sent along; throws a problem that names misshapen headers. Algorithms we do not know are left alone. */
export function readChecksums(req: IncomingMessage): Checksums {
  const errors: NamedError[] = [];
  const one = (header: string, algorithm: Algorithm): Expected[] => {
    const text = headerText(req, header.toLowerCase());
    if (text === undefined) return [];
    const digest = readDigest(text, algorithm);
    if (digest) return [{ header, algorithm, digest }];
    errors.push({ name: header, message: `write the ${digestBytes[algorithm]} bytes of the digest as hex or base64` });
    return [];
  };
  const checksums = {
    body: [...one('Content-MD5', 'md5'), ...contentDigest(headerText(req, 'content-digest'), errors)],
    file: [...one('X-Checksum-MD5', 'md5'), ...one('X-Checksum-SHA256', 'sha256')],
  };
  if (errors.length > 0) throw invalidRequest(errors);
  return checksums;
}

/** Structured field: `sha-256=:base64:, md5=:base64:`. */
function contentDigest(text: string | undefined, errors: NamedError[]): Expected[] {
  if (text === undefined) return [];
  return text.split(',').flatMap((item) => {
    const [, name = '', value] = /^\s*([\w-]+)=:([^:]*):\s*$/.exec(item) ?? [];
    const algorithm = contentDigestNames[name.toLowerCase()];
    if (value !== undefined && !algorithm) return [];
    const digest = value === undefined || !algorithm ? undefined : readDigest(value, algorithm);
    if (digest && algorithm) return [{ header: 'Content-Digest', algorithm, digest }];
    errors.push({ name: 'Content-Digest', message: 'write it as sha-256=:base64: (RFC 9530)' });
    return [];
  });
}

function readDigest(text: string, algorithm: Algorithm): Buffer | undefined {
  const bytes = digestBytes[algorithm];
  const digest = new RegExp(`^[0-9a-f]{${bytes * 2}}$`, 'i').test(text)
    ? Buffer.from(text, 'hex')
    : Buffer.from(text, 'base64');
  return digest.length === bytes ? digest : undefined;
}

export type Tap = {
  update(bytes: Uint8Array): void;
  /** Hex. Call once, at the end. */
  hex(algorithm: Algorithm): string;
  /** Throws a problem where one of the checksums is not that of the bytes that passed. */
  check(expected: readonly Expected[], what: string): void;
};

/** Takes the digests of bytes that pass: those named. */
export function createTap(algorithms: Iterable<Algorithm>): Tap {
  const hashes = new Map<Algorithm, Hash>([...algorithms].map((name) => [name, createHash(name)]));
  const digests = new Map<Algorithm, Buffer>();
  const digestOf = (name: Algorithm) => {
    const had = digests.get(name) ?? hashes.get(name)?.digest();
    if (!had) throw new Error(`the digest ${name} was not taken`);
    digests.set(name, had);
    return had;
  };
  return {
    update(bytes) {
      for (const hash of hashes.values()) hash.update(bytes);
    },
    hex: (algorithm) => digestOf(algorithm).toString('hex'),
    check(expected, what) {
      const wrong = expected.filter(({ algorithm, digest }) => !digest.equals(digestOf(algorithm)));
      checkAll(wrong, what);
    },
  };
}

/** The same for bytes whose digests are known. */
export function checkKnown(expected: readonly Expected[], known: { md5: string; sha256: string }, what: string): void {
  const hex: Partial<Record<Algorithm, string>> = known;
  checkAll(
    expected.filter(({ algorithm, digest }) => hex[algorithm] !== digest.toString('hex')),
    what,
  );
}

export function algorithmsOf(expected: readonly Expected[]): Algorithm[] {
  return expected.map(({ algorithm }) => algorithm);
}

function checkAll(wrong: readonly Expected[], what: string): void {
  if (wrong.length === 0) return;
  const names = [...new Set(wrong.map(({ header }) => header))].join(' and ');
  throw new Problem(
    'checksum-mismatch',
    `${names} ${wrong.length === 1 ? 'is' : 'are'} not the checksum of ${what} as it came: send it again`,
  );
}
