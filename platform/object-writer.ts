/** Writes an object piece by piece as the pieces come, with back-pressure. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ObjectStore } from './object-store.ts';

export type ObjectWriter = {
  write(text: string): Promise<void>;
  /** Resolves when S3 has it all. */
  end(): Promise<void>;
  /** Leaves nothing under the key. */
  abort(error: unknown): void;
};

export function createObjectWriter(objects: Pick<ObjectStore, 'put'>, key: string): ObjectWriter {
  const body = new PassThrough({ highWaterMark: 256 * 1024 });
  const stored = objects.put(key, body);
  const failed = stored.then(
    () => undefined,
    (error: unknown) => {
      body.destroy();
      throw error;
    },
  );
  failed.catch(() => undefined);
  return {
    async write(text) {
      if (!body.write(text)) await Promise.race([once(body, 'drain'), failed]);
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
