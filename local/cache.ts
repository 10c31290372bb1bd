/** The cache of downloads: fetched side by side, verified, and kept whole or not at all. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { verifySha256 } from './checksum.ts';
import { type Download, type DownloadName, downloads } from './downloads.ts';
import { withLock } from './lock.ts';
import { requireClients } from './registry-clients.ts';

type Say = (line: string) => void;

/** How often the progress line is told. */
const progressMs = 3_000;

/** Where a download is, or will be, once it is there. */
export const cached = (cache: string, name: DownloadName) => join(cache, name);

/** Fetches those that the cache lacks. */
export async function fillCache(cache: string, names: readonly DownloadName[], say: Say): Promise<void> {
  if (missingOf(cache, names).length === 0) return;
  await withLock(join(cache, 'lock'), say, async () => {
    const missing = missingOf(cache, names);
    if (missing.length === 0) return;
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(otherPlatform());
    await requireClients(new Set(missing.map((name) => downloads[name].client)));
    await rm(join(cache, 'partial'), { recursive: true, force: true });
    await mkdir(join(cache, 'partial'), { recursive: true });
    await fetchAll(cache, missing, say);
  });
}

function missingOf(cache: string, names: readonly DownloadName[]): readonly DownloadName[] {
  return [...new Set(names)].filter((name) => !existsSync(cached(cache, name)));
}

async function fetchAll(cache: string, names: readonly DownloadName[], say: Say): Promise<void> {
  const begun = Date.now();
  const pending = new Set(names);
  const elapsed = () => `${Math.round((Date.now() - begun) / 1000)} s`;
  const titleOf = (name: DownloadName) => `${downloads[name].title} (${downloads[name].megabytes} MB)`;
  say(`downloading ${names.map(titleOf).join(', ')}`);
  const progress = setInterval(() => {
    say(
      `downloading: ${names.length - pending.size} of ${names.length} done, ${elapsed()}, still ${[...pending].join(', ')}`,
    );
  }, progressMs);
  const fetchNamed = async (name: DownloadName) => {
    await fetchOne(cache, name, downloads[name], say);
    pending.delete(name);
    say(`downloaded ${titleOf(name)}, checksum right, ${elapsed()}`);
  };
  const results = await Promise.allSettled(inTurns(names, fetchNamed)).finally(() => clearInterval(progress));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** All at once, but Maven's first goes alone: two cold Mavens would write the same plugin files. */
function inTurns(names: readonly DownloadName[], fetchNamed: (name: DownloadName) => Promise<void>): Promise<void>[] {
  const bySize = [...names].sort((a, b) => downloads[a].megabytes - downloads[b].megabytes);
  const maven = bySize.filter((name) => downloads[name].client === 'maven');
  const others = bySize.filter((name) => downloads[name].client !== 'maven');
  const [first, ...rest] = maven;
  const opened = first ? fetchNamed(first) : Promise.resolve();
  const afterFirst = opened.catch(() => {});
  return [opened, ...rest.map((name) => afterFirst.then(() => fetchNamed(name))), ...others.map(fetchNamed)];
}

async function fetchOne(cache: string, name: DownloadName, download: Download, say: Say): Promise<void> {
  const work = await mkdtemp(join(cache, 'partial', `${name}-`));
  try {
    const fetched = await fetchTwice(work, download, say);
    await verifySha256(fetched, download.sha256, fetched.endsWith('/lib'));
    const target = join(work, 'installed');
    await mkdir(target);
    await download.install(fetched, target);
    await rename(target, cached(cache, name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Networks hiccup: a second try before giving up. */
async function fetchTwice(work: string, download: Download, say: Say): Promise<string> {
  try {
    return await download.fetch(await emptyFolder(work, 'first'));
  } catch (error) {
    say(`${download.title}: ${error instanceof Error ? error.message : error}\n${download.title}: trying once more`);
    return download.fetch(await emptyFolder(work, 'second'));
  }
}

async function emptyFolder(work: string, name: string): Promise<string> {
  const folder = join(work, name);
  await mkdir(folder);
  return folder;
}

function otherPlatform(): string {
  return (
    `the pinned downloads are for x86-64 Linux, this is ${process.platform} ${process.arch}: ` +
    'name your own servers with ZEEBE_ADDRESS, KAFKA_BROKERS, MONGODB_URI and S3_ENDPOINT'
  );
}
