/** Follows a batch from stage to stage, a line each, until it is final or patience ends. */
import { setTimeout as pause } from 'node:timers/promises';
import { finalStatuses, type RowError } from '../../domain/outcome.ts';
import type { HubClient, Status, Transfer } from './hub-client.ts';
import type { Sample } from './sample.ts';
import type { Screen } from './screen.ts';

export type Watched = {
  readonly status: Status;
  readonly transfers: readonly Transfer[];
  readonly rowErrors: readonly RowError[];
};

const patienceMs = 60_000;
const pollMs = 150;

/** Resolves with what the hub says of the final batch; throws Error that says where it stands and what to look at. */
export async function watchBatch(hub: HubClient, screen: Screen, sample: Sample, batchId: string): Promise<Watched> {
  const began = Date.now();
  const lineOf = (stage: string) =>
    screen.line(() => {
      const seconds = ((Date.now() - began) / 1_000).toFixed(1).padStart(5);
      return `  ${seconds} s  ${stage.padEnd(10)}  `;
    });

  async function until(isWanted: (status: Status) => boolean, look?: (status: Status) => Promise<void>) {
    for (;;) {
      const status = await hub.status(batchId);
      if (isWanted(status)) return status;
      await look?.(status);
      const trouble = troubleOf(status, Date.now() - began);
      if (trouble) throw new Error(`batch ${batchId} ${trouble}`);
      await pause(pollMs);
    }
  }

  lineOf('queued').done(`batch ${batchId}`);
  await until(({ status }) => status !== 'queued');
  const validating = lineOf('validating');
  validating.show(`${sample.rows.length} rows`);
  const validated = await until(({ status }) => status !== 'validating');
  const rowErrors = await hub.rowErrors(batchId);
  const bad = new Set(rowErrors.map(({ row }) => row));
  const howMany = bad.size === 0 ? 'all good' : `${sample.rows.length - bad.size} good, ${bad.size} bad`;
  validating.done(`${sample.rows.length} rows, ${howMany}`);
  if (validated.status === 'rejected') throw new Error(`batch ${batchId} was rejected: ${validated.problem?.detail}`);

  const processing = lineOf('processing');
  const progress = async () => progressOf(sample, bad, await hub.transfers(batchId));
  const status = await until(
    (one) => finalStatuses.includes(one.status),
    async () => processing.show(await progress()),
  );
  const transfers = await hub.transfers(batchId);
  processing.done(progressOf(sample, bad, transfers));
  const { successful, failed, pending } = status;
  const open = pending > 0 ? ` with ${pending} pending` : '';
  lineOf('completed').done(`${successful} successful, ${failed} failed${open}`);
  return { status, transfers, rowErrors };
}

/** `11 of 18 paid, 6 refused: slcb 4 of 6, gsma …`, of the rows that are good. */
function progressOf({ rows }: Sample, bad: ReadonlySet<number>, transfers: readonly Transfer[]): string {
  const words = new Map(transfers.map(({ id, status }) => [id, status]));
  const good = rows.filter(({ row }) => !bad.has(row));
  const count = (word: Transfer['status'], rail?: string) =>
    good.filter((one) => words.get(one.row) === word && (rail === undefined || one.rail === rail)).length;
  const railIds = [...new Set(good.flatMap(({ rail }) => rail ?? []))];
  const perRail = railIds.map((rail) => {
    const asked = good.filter((one) => one.rail === rail).length;
    return `${rail} ${count('COMPLETED', rail)} of ${asked}`;
  });
  const refused = count('FAILED');
  return [
    `${count('COMPLETED')} of ${good.length} paid${refused > 0 ? `, ${refused} refused` : ''}`,
    perRail.join(' · '),
  ].join('   ');
}

function troubleOf({ status, payer_blocks: blocks }: Status, waitedMs: number): string | undefined {
  if (status === 'awaiting_approval') {
    return 'awaits approval: the tenant has approval.enable on. The demo wants its switches at their defaults';
  }
  if (waitedMs < patienceMs) return undefined;
  const blocked = blocks.map(({ rail, text }) => `; ${rail} blocked a payer: ${text}`).join('');
  const look = '`make status` shows what runs, `make logs SERVER=connectors` what it does';
  return `is still ${status} after ${patienceMs / 1_000} s${blocked}. ${look}`;
}
