/** What every part of the demo does with its sample: posts it, shows the same for a terminal, follows it to the end, keeps and reads its result. */
import { curlOf, type Post } from './hub-client.ts';
import { keepResult, type ResultLine, readResult, type Sample } from './sample.ts';
import { type Watched, watchBatch } from './watch-batch.ts';
import type { World } from './world.ts';

export type PaidFile = Watched & {
  readonly batchId: string;
  readonly lines: readonly ResultLine[];
  /** Of the copy of the result, seen from the project's folder. */
  readonly path: string;
};

export async function payFile({ root, hub, screen }: World, sample: Sample, post: Post): Promise<PaidFile> {
  for (const line of curlOf(hub, post)) screen.say(`  ${screen.faint(line)}`);
  const { batchId } = await hub.post(post);
  const watched = await watchBatch(hub, screen, sample, batchId);
  const file = await hub.resultFile(watched.status);
  const path = keepResult(root, sample, file);
  return { ...watched, batchId, lines: await readResult(file, sample), path };
}
