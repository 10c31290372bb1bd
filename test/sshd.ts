/** A real SFTP server for tests: OpenSSH's, on a free port, for whoever runs the tests and one key. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { portAnswers } from '../local/probe.ts';

export type Sshd = {
  /** Of the folder that it was started in. */
  readonly url: string;
  /** The client's, PEM. */
  readonly privateKey: string;
  /** `SHA256:…` of the server's. */
  readonly hostKey: string;
  stop(): Promise<void>;
};

/** Where the server is on this machine, or nothing. */
export const sshdPath = [process.env.SSHD, '/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(
  (path) => path && existsSync(path),
);

/** Keys, settings and a folder `drop` in `dir`. */
export async function startSshd(dir: string): Promise<Sshd> {
  const at = (name: string) => join(dir, name);
  for (const name of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  }
  mkdirSync(at('drop'));
  // Where root starts it, it wants a folder that only a service of the system would have made.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const port = await freePort();
  const settings = {
    Port: port,
    ListenAddress: '127.0.0.1',
    HostKey: at('host'),
    AuthorizedKeysFile: at('user.pub'),
    PidFile: 'none',
    StrictModes: 'no',
    UsePAM: 'no',
    PasswordAuthentication: 'no',
    PermitRootLogin: 'prohibit-password',
    Subsystem: 'sftp internal-sftp',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  writeFileSync(at('sshd_config'), lines.join(''));
  const server = spawn(sshdPath!, ['-D', '-e', '-f', at('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr.on('data', (text) => {
    said += text;
  });
  await vi.waitFor(
    async () => {
      if (!(await portAnswers(port))) throw new Error(`sshd does not answer: ${said}`);
    },
    { timeout: 10_000, interval: 50 },
  );
  const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', at('host.pub')], { encoding: 'utf8' });
  return {
    url: `sftp://${userInfo().username}@127.0.0.1:${port}${at('drop')}`,
    privateKey: readFileSync(at('user'), 'utf8'),
    hostKey: /SHA256:\S+/.exec(fingerprint)![0],
    stop: () => stopped(server),
  };
}

function stopped(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null) resolve();
    else server.once('exit', () => resolve());
    server.kill('SIGTERM');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
