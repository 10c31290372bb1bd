/** Where files are left for the bank and its reports are found: a bucket or an SFTP server, a place for each direction. */
import type { Readable } from 'node:stream';
import type { PutNew } from '../../platform/object-store.ts';
import { railVariable } from '../rail-variables.ts';
import { openS3Drop } from './s3-drop.ts';
import { openSftpDrop } from './sftp-drop.ts';

export type ReportFile = {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Changes with the bytes. */
  readonly tag: string;
};

export type PutHow = { readonly signal: AbortSignal; readonly isLate: () => boolean };

export type Drop = {
  /** Leaves a file for the bank unless one of that name waits there. `body` gives the same whenever it is called. */
  put(name: string, body: () => Iterable<string>, how: PutHow): Promise<PutNew>;
  /** Whether the file waits for the bank or lies where the bank moves what it took. Throws when that cannot be seen. */
  isThere(name: string, signal: AbortSignal): Promise<boolean>;
  /** That a file is in neither place proves that it was never left. */
  readonly keepsTaken: boolean;
  /** The bank's reports since then, oldest first. */
  reports(since: Date, signal: AbortSignal): Promise<readonly ReportFile[]>;
  read(report: ReportFile, signal: AbortSignal): Promise<Readable>;
  /** Throws when the drop does not answer. */
  check(signal: AbortSignal): Promise<void>;
  close(): void;
};

/** Prefixes of the bucket, or folders. */
export type Places = { readonly out: string; readonly in: string; readonly archive?: string };

/** Reads `out`, `in` and `archive`. */
export function placesOf(config: Readonly<Record<string, string>>): Places {
  const folder = (text: string) => (text.endsWith('/') ? text : `${text}/`);
  const { archive } = config;
  return {
    out: folder(config.out ?? 'out'),
    in: folder(config.in ?? 'in'),
    ...(archive && { archive: folder(archive) }),
  };
}

/** The drop that `url` names, an S3 bucket or an SFTP server; throws RangeError that lists what is missing. */
export function openDrop(config: Readonly<Record<string, string>>): Drop {
  const isSftp = /^sftp:/i.test(config.url ?? '');
  const needed = isSftp ? ['private_key', 'host_key'] : ['bucket', 'access_key', 'secret_key'];
  const missing = ['url', ...needed].filter((key) => !config[key]);
  if (missing.length > 0) {
    const names = missing.map((key) => railVariable('bank-file', key)).join(', ');
    throw new RangeError(`bank-file needs ${names} for ${isSftp ? 'its SFTP server' : 'its bucket'}`);
  }
  const places = placesOf(config);
  return isSftp ? openSftpDrop(config, places) : openS3Drop(config, places);
}
