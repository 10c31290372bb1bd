/** Writes an object piece by piece as the pieces come, with back-pressure. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ObjectStore } from './object-store.ts';

export type ObjectWriter = {
  write(piece: string | Uint8Array): Promise<void>;
  /** Resolves when S3 has it all. */
  end(): Promise<void>;
  /** Leaves nothing under the key. */
  abort(error: unknown): void;
};

export function createObjectWriter(
  objects: Pick<ObjectStore, 'put'>,
  key: string,
  options?: { readonly contentType: string },
): ObjectWriter {
  const body = new PassThrough({ highWaterMark: 256 * 1024 });
  // Whoever aborts knows why, and whoever writes is told by `failed`.
  body.on('error', () => undefined);
  const stored = objects.put(key, body, options);
  const failed = stored.then(
    () => undefined,
    (error: unknown) => {
      body.destroy();
      throw error;
    },
  );
  failed.catch(() => undefined);
  return {
    async write(piece) {
      if (!body.write(piece)) await Promise.race([once(body, 'drain'), failed]);
    },
    async end() {
      body.end();
      await stored;
    },
    abort(error) {
      body.destroy(error instanceof Error ? error : new Error(String(error)));
    },
  };
}
