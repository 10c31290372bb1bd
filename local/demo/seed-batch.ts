/** The demo's first part: the seed's own twelve payments, posted as the seed's curl does, and posted once more. */
import { randomUUID } from 'node:crypto';
import { differences } from './checks.ts';
import { ledgerProblems, readLedgers } from './ledgers.ts';
import { payFile } from './pay-file.ts';
import { readSample } from './sample.ts';
import { showSummary } from './summary.ts';
import type { World } from './world.ts';

/** Answers the batch's id. */
export async function paySeedBatch(world: World): Promise<string> {
  const { root, env, hub, screen, checks } = world;
  const sample = await readSample(root, 'ph-ee-bulk-demo-6.csv');
  const post = { ...sample, requestId: randomUUID() };
  screen.title('1  The seed’s own file: twelve payments, three rails');
  const { batchId, status, transfers, lines, path } = await payFile(world, sample, post);
  screen.say();
  showSummary(screen, sample, lines);
  screen.say();

  checks.that('12 rows came back as 12 lines, each with its own text and SUCCESS', [
    ...(lines.length === 12 ? [] : [`there are ${lines.length} lines`]),
    ...lines.flatMap(({ word, code, description, isOwnText }, at) => [
      ...(word === 'SUCCESS' ? [] : [`line ${at + 1} says ${word} ${code} ${description}`]),
      ...(isOwnText ? [] : [`line ${at + 1} is not the row as it was sent`]),
    ]),
  ]);
  const wanted = { status: 'completed', total: 12, successful: 12, failed: 0, totalAmount: '6432.00', currency: 'USD' };
  checks.that('completed: total 12, successful 12, failed 0, 6432.00 USD', differences(status, wanted));
  const again = await hub.post(post);
  checks.that('the same request again is the same batch', [
    ...(again.batchId === batchId ? [] : [`the second is batch ${again.batchId}`]),
    ...(again.isReplay ? [] : ['the answer has no Idempotent-Replayed: true']),
  ]);
  const problems = ledgerProblems(sample, lines, transfers, await readLedgers(env, transfers));
  checks.that('the rails’ own ledgers: 12 payments carried out once each, none twice', problems);
  screen.say(`  result file: ${path}`);
  return batchId;
}
