/** Who listens on a port: read from /proc, for a message that names the process instead of "address in use". */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** A sentence about who holds the port, or nothing when it is free. */
export async function portTrouble(variable: string, port: number): Promise<string | undefined> {
  const code = await bindError(port);
  if (code === undefined) return undefined;
  if (code !== 'EADDRINUSE') return `port ${port} (${variable}) cannot be used: ${code}; set ${variable} to another`;
  return `port ${port} is taken by ${holderOf(port)}; stop it or set ${variable} to a free port`;
}

function bindError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function holderOf(port: number): string {
  const inodes = listeningInodes(port);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (holds(pid, inodes)) return `process ${pid} (${commandOf(pid)})`;
  }
  return 'a process of another user (as root, `ss -ltnp` tells which)';
}

/** Inodes of sockets in state LISTEN (0A) on the port, IPv4 and IPv6. */
function listeningInodes(port: number): ReadonlySet<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    attempt(() => readFileSync(file, 'utf8'), '').split('\n'),
  );
  const sockets = lines.map((line) => line.trim().split(/\s+/));
  return new Set(
    sockets
      .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
      .map((fields) => `socket:[${fields[9]}]`),
  );
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`), []);
  return descriptors.some((fd) => inodes.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '')));
}

function commandOf(pid: string): string {
  const words = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '')
    .split('\0')
    .join(' ')
    .trim();
  return words.length > 80 ? `${words.slice(0, 79)}…` : words;
}

/** Processes come and go while we read; what is gone holds nothing. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
