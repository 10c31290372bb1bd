/** The file of a simulator's ledger: lines appended in groups and flushed, read again at the place where they stand. */
import { createReadStream, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Where a line stands in the file, its end not included. */
export type Place = { readonly offset: number; readonly bytes: number };

export type LedgerFile = {
  /** Kept until somebody waits for `flushed`; answers where the line will stand. */
  append(line: string): Place;
  /** What is on disk, line by line. */
  lines(): AsyncIterable<readonly [line: string, place: Place]>;
  /** The line at a place, on disk or still waiting. */
  read(place: Place): string;
  /** Resolves when everything appended so far is on disk. */
  flushed(): Promise<void>;
  close(): Promise<void>;
};

/** Opens the file, made if missing; a last line that a crash tore is cut off. */
export async function openLedgerFile(path: string): Promise<LedgerFile> {
  const handle = await open(path, 'a+');
  let size = await wholeBytes(handle);
  await handle.truncate(size);
  /** Lines that are not on disk yet, by their offset. */
  const waiting = new Map<number, string>();
  let lastFlush = Promise.resolve();

  async function writeGroup(): Promise<void> {
    const group = [...waiting];
    if (group.length === 0) return;
    await handle.appendFile(group.map(([, line]) => `${line}\n`).join(''));
    await handle.datasync();
    for (const [offset] of group) waiting.delete(offset);
  }

  function flushed(): Promise<void> {
    if (waiting.size > 0) {
      // Whatever comes while one group is flushed makes the next.
      lastFlush = lastFlush.then(writeGroup);
      // Whoever waits hears of a full disk; without a waiter it must not end the process.
      lastFlush.catch(() => {});
    }
    return lastFlush;
  }

  return {
    append(line) {
      const place = { offset: size, bytes: Buffer.byteLength(line) };
      waiting.set(place.offset, line);
      size += place.bytes + 1;
      return place;
    },
    lines: () => linesOf(path),
    read: (place) => waiting.get(place.offset) ?? readAt(handle, place),
    flushed,
    async close() {
      await flushed();
      await handle.close();
    },
  };
}

function readAt(handle: FileHandle, { offset, bytes }: Place): string {
  const line = Buffer.allocUnsafe(bytes);
  for (let got = 0; got < bytes; ) {
    const more = readSync(handle.fd, line, got, bytes - got, offset + got);
    if (more === 0) throw new Error(`the ledger ends within the line at byte ${offset}`);
    got += more;
  }
  return line.toString('utf8');
}

/** How many bytes whole lines take. */
async function wholeBytes(handle: FileHandle): Promise<number> {
  const block = Buffer.allocUnsafe(64 * 1024);
  for (let end = (await handle.stat()).size; end > 0; ) {
    const from = Math.max(0, end - block.length);
    const { bytesRead } = await handle.read(block, 0, end - from, from);
    const last = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (last >= 0) return from + last + 1;
    end = from;
  }
  return 0;
}

async function* linesOf(path: string): AsyncGenerator<readonly [string, Place]> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(path)) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a, from)) {
      yield [rest.toString('utf8', from, end), { offset, bytes: end - from }];
      offset += end + 1 - from;
      from = end + 1;
    }
    rest = rest.subarray(from);
  }
}
