/** Files on an SFTP server: listed, read as streams, written once. The only place that imports ssh2-sftp-client. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import Client from 'ssh2-sftp-client';
import type { ListedObject, PutNew, PutNewOptions } from './object-store.ts';

export type SftpOptions = {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** PEM or OpenSSH text. */
  readonly privateKey: string;
  /** `SHA256:…` of the server's key, as ssh-keygen -lf prints it: nobody else is spoken to. */
  readonly hostKey: string;
  readonly connectTimeoutMs: number;
};

export type Sftp = {
  /**
   * Writes a file where there is none: under a name with a dot before it, and renamed when it is whole, which servers
   * refuse where the name is taken (draft-ietf-secsh-filexfer-02, 6.5). Never throws for what network or server do.
   */
  writeNew(path: string, body: () => Iterable<string>, options: Omit<PutNewOptions, 'contentType'>): Promise<PutNew>;
  exists(path: string, signal: AbortSignal): Promise<boolean>;
  /** Files of a folder whose names do not begin with a dot; `key` is the whole path. Throws when it cannot be listed. */
  list(folder: string, signal: AbortSignal): Promise<readonly ListedObject[]>;
  /** Destroy it when not read to its end. */
  read(path: string, signal: AbortSignal): Promise<Readable>;
  /** Throws when the server does not answer. */
  ping(signal: AbortSignal): Promise<void>;
  close(): void;
};

/** Within which a connection that is good for anything answers. */
const aliveWithinMs = 2_000;

export function createSftp(options: SftpOptions): Sftp {
  let connected: Promise<Client> | undefined;

  /** One connection for all; whoever finds it broken lets the next one make another. */
  async function using<T>(signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    connected ??= connect(options);
    const mine = connected;
    try {
      const client = await within(mine, signal);
      return await within(work(client), signal);
    } catch (error) {
      if (connected === mine && !(await isAlive(mine))) connected = undefined;
      throw error;
    }
  }

  return {
    async writeNew(path, body, { signal, isLate }) {
      const draft = hiddenBeside(path);
      let isRenamed = false;
      try {
        await using(signal, async (client) => {
          try {
            await client.put(Readable.from(body(), { objectMode: false }), draft);
            if (isLate() || signal.aborted) throw new RangeError('it was too late to write');
            isRenamed = true;
            await client.rename(draft, path);
          } catch (error) {
            await client.delete(draft, true).catch(() => {});
            throw error;
          }
        });
        return { kind: 'written' };
      } catch (error) {
        if (!isRenamed) return { kind: 'notSent', text: wordsOf(error) };
        const isThere = await using(signal, (client) => client.exists(path)).catch(() => undefined);
        return isThere ? { kind: 'there' } : { kind: 'lost', text: wordsOf(error) };
      }
    },

    exists: (path, signal) => using(signal, async (client) => (await client.exists(path)) !== false),

    list: (folder, signal) =>
      using(signal, async (client) =>
        (await client.list(folder))
          .filter(({ type, name }) => type === '-' && !name.startsWith('.'))
          .map(({ name, size, modifyTime }) => ({
            key: `${folder.replace(/\/$/, '')}/${name}`,
            sizeBytes: size,
            modifiedAt: new Date(modifyTime),
            tag: String(modifyTime),
          })),
      ),

    read: (path, signal) =>
      using(signal, async (client) => {
        const stream = client.createReadStream(path) as unknown as Readable;
        signal.addEventListener('abort', () => stream.destroy(signal.reason as Error), { once: true });
        return stream;
      }),

    async ping(signal) {
      await using(signal, (client) => client.cwd());
    },

    close() {
      connected?.then((client) => client.end()).catch(() => {});
      connected = undefined;
    },
  };
}

async function connect(options: SftpOptions): Promise<Client> {
  const { host, port, username, privateKey, hostKey, connectTimeoutMs } = options;
  // Whoever uses the connection hears of its end; without listeners of ours the package writes to the console.
  const client = new Client('hub', { error() {}, end() {}, close() {} });
  await client.connect({
    host,
    port,
    username,
    privateKey,
    readyTimeout: connectTimeoutMs,
    keepaliveInterval: 10_000,
    hostVerifier: (key: Buffer) => isKey(key, hostKey),
  });
  return client;
}

/** A refused file says nothing about the connection; a server that no longer answers does. */
async function isAlive(connected: Promise<Client>): Promise<boolean> {
  try {
    const client = await connected;
    await within(client.cwd(), AbortSignal.timeout(aliveWithinMs));
    return true;
  } catch {
    return false;
  }
}

function isKey(key: Buffer, fingerprint: string): boolean {
  const [said, wanted] = [
    createHash('sha256').update(key).digest(),
    Buffer.from(fingerprint.replace('SHA256:', ''), 'base64'),
  ];
  return said.length === wanted.length && timingSafeEqual(said, wanted);
}

function hiddenBeside(path: string): string {
  const at = path.lastIndexOf('/') + 1;
  return `${path.slice(0, at)}.${path.slice(at)}.${randomBytes(6).toString('hex')}`;
}

/** The promise, or the signal's reason as soon as it fires. */
function within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function wordsOf(error: unknown): string {
  const { code, message } = error as { code?: string | number; message?: string };
  return [code, message].filter(Boolean).join(': ').slice(0, 200);
}
