import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { endProcess, identityOf, launchDetached, recall, remember, residentBytes } from './process.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'process-'));
const forever = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], cwd: tmpdir() };

test('a started process is found again by its pid file, and ended', async () => {
  const folder = newFolder();
  const pidFile = join(folder, 'run', 'it.pid');
  const { pid } = launchDetached(forever, join(folder, 'logs', 'it.log'), pidFile);
  expect(recall(pidFile)?.pid).toBe(pid);
  // On a busy machine it is found before its program is loaded.
  await vi.waitUntil(() => (residentBytes(pid) ?? 0) > 1_000_000, { timeout: 10_000 });
  await endProcess(pidFile, 'SIGTERM', 10_000);
  expect(identityOf(pid)).toBeUndefined();
  expect(existsSync(pidFile)).toBe(false);
});

test('a recycled pid is somebody else: not found, never signalled', async () => {
  const stranger = spawn(forever.command, forever.args, { stdio: 'ignore' });
  const pidFile = join(newFolder(), 'it.pid');
  remember(pidFile, { pid: stranger.pid as number, identity: 'another boot:1', ready: true });
  expect(recall(pidFile)).toBeUndefined();
  await endProcess(pidFile, 'SIGKILL', 10_000);
  expect(identityOf(stranger.pid as number)).toBeDefined();
  stranger.kill();
  await once(stranger, 'exit');
});

test('a program that is not there is an error that names it', () => {
  const folder = newFolder();
  const launch = { ...forever, command: '/nowhere/mongod' };
  expect(() => launchDetached(launch, join(folder, 'it.log'), join(folder, 'it.pid'))).toThrow('/nowhere/mongod');
});

test('what a process says is appended to its log', async () => {
  const folder = newFolder();
  const [logFile, pidFile] = [join(folder, 'it.log'), join(folder, 'it.pid')];
  for (const word of ['one', 'two']) {
    const { pid } = launchDetached({ ...forever, args: ['-e', `console.log('${word}')`] }, logFile, pidFile);
    await expect.poll(() => identityOf(pid), { timeout: 10_000 }).toBeUndefined();
  }
  expect(readFileSync(logFile, 'utf8')).toBe('one\ntwo\n');
});
