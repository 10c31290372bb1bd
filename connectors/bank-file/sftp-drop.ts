/** The drop as folders of an SFTP server. */
import { readFileSync } from 'node:fs';
import { createSftp } from '../../platform/sftp.ts';
import type { Drop, Places } from './client.ts';

const connectTimeoutMs = 10_000;

/** Reads `url` (sftp://user@host:port/folder; without a folder, where the server puts whoever signs in), `private_key` and `host_key`. */
export function openSftpDrop(config: Readonly<Record<string, string>>, places: Places): Drop {
  const { username, hostname, port, pathname } = new URL(config.url!);
  if (!username || !hostname) throw new RangeError('url of bank-file is no sftp://user@host[:port][/folder]');
  const folder = decodeURIComponent(pathname).replace(/\/$/, '') || '.';
  const sftp = createSftp({
    host: hostname,
    port: Number(port || 22),
    username: decodeURIComponent(username),
    privateKey: privateKeyOf(config.private_key!),
    hostKey: config.host_key!,
    connectTimeoutMs,
  });
  const pathOf = (place: string, name = '') => `${folder}/${place}${name}`;
  return {
    put: (name, body, how) => sftp.writeNew(pathOf(places.out, name), body, how),
    async isThere(name, signal) {
      // In the order in which the bank moves it, so that it cannot pass unseen between the two looks.
      if (await sftp.exists(pathOf(places.out, name), signal)) return true;
      return places.archive !== undefined && sftp.exists(pathOf(places.archive, name), signal);
    },
    keepsTaken: places.archive !== undefined,
    async reports(since, signal) {
      const listed = await sftp.list(pathOf(places.in), signal);
      return listed
        .filter(({ key, modifiedAt }) => modifiedAt >= since && /\.xml$/i.test(key))
        .map(({ key, ...file }) => ({ name: key, ...file }))
        .sort((a, b) => a.modifiedAt.getTime() - b.modifiedAt.getTime());
    },
    read: ({ name }, signal) => sftp.read(name, signal),
    check: (signal) => sftp.ping(signal),
    close: () => sftp.close(),
  };
}

/** PEM or OpenSSH text (line ends may be written `\n`), or the path of such a file. */
function privateKeyOf(config: string): string {
  try {
    return config.includes('-----BEGIN') ? config.replaceAll('\\n', '\n') : readFileSync(config, 'utf8');
  } catch {
    throw new RangeError('private_key of bank-file is neither a private key nor the path of one');
  }
}
