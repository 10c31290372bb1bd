/** What people do with one payment or batch of the plan: post it, post it again, decide, pause, cancel, fund and resume. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rowOfKey } from '../../domain/ids.ts';
import { batchRange } from '../../store/row-keys.ts';
import type { AskedRow, Finding } from './checker.ts';
import { fileOf } from './hub-client.ts';
import type { PlannedBatch, PlannedSingle } from './plan.ts';
import type { World } from './world.ts';

export type Posted = {
  readonly kind: 'batch' | 'single';
  /** Or transactionId. */
  readonly batchId: string;
  readonly asked: readonly AskedRow[];
  /** Of a child batch: whose failed rows it sends again. */
  readonly parent?: string;
};

/** What was posted, and what people do with it later, which may make a child of it. */
export type Played = Posted & { readonly later: Promise<Posted | undefined> };

export type Notes = {
  /** What was done, for the report. */
  did(what: string): void;
  find(finding: Finding): void;
};

/** Posts each copy until accepted: all of them must be one batch. */
export async function playBatch({ c, client, simulators }: World, batch: PlannedBatch, notes: Notes): Promise<Played> {
  await sleep(batch.atMs);
  const { text, asked } = fileOf(batch.rows);
  const batchId = await once(batch.copies, () => client.accepted(batch, text), notes);
  const later = Promise.all([replay(), decide(), pause(), cancel(), fund()]).then(retry);
  later.catch(() => undefined);
  return { kind: 'batch', batchId, asked, later };

  async function replay(): Promise<void> {
    if (batch.replayAfterMs === undefined) return;
    await sleep(batch.replayAfterMs);
    const again = await client.accepted(batch, text);
    notes.did('posted again');
    if (again !== batchId) notes.find(twice(batchId, [batchId, again]));
  }

  async function decide(): Promise<void> {
    if (batch.decision === 'expire') return notes.did('left undecided');
    if (!batch.decision) return;
    await client.decided(batchId, batch.decision);
    notes.did(`decided: ${batch.decision}`);
  }

  async function pause(): Promise<void> {
    if (!batch.pause) return;
    await sleep(batch.pause.afterMs);
    if (!(await client.commanded(batchId, 'pause'))) return notes.did('paused too late');
    await sleep(batch.pause.forMs);
    await client.commanded(batchId, 'resume');
    notes.did('paused and resumed');
  }

  async function cancel(): Promise<void> {
    if (batch.cancelAfterMs === undefined) return;
    await sleep(batch.cancelAfterMs);
    notes.did((await client.commanded(batchId, 'cancel')) ? 'cancelled' : 'cancelled too late');
  }

  async function retry(): Promise<Posted | undefined> {
    if (!batch.retry) return undefined;
    await client.persistently(`end of ${batchId}`, async () => (await client.isOver(batchId)) || undefined);
    const { child } = await client.retried(batchId);
    if (!child) {
      notes.did('nothing to retry');
      return undefined;
    }
    notes.did('failed rows tried again');
    const rows = await client.persistently(`rows of ${child}`, () => failedRows(c, batchId));
    return { kind: 'batch', batchId: child, parent: batchId, asked: askedAgain(asked, rows) };
  }

  /** Each rail has to say first that the payer has no funds. */
  async function fund(): Promise<void> {
    const { unfunded } = batch;
    if (unfunded === undefined) return;
    const rails = new Set(batch.rows.map(({ rail }) => rail));
    await client.persistently(`blocks of payer …${unfunded.slice(-4)}`, async () => {
      const blocked = (await client.payerBlocks()).map(({ rail }) => rail);
      return [...rails].every((rail) => blocked.includes(rail)) || undefined;
    });
    for (const rail of rails) {
      await client.persistently(`funds at ${rail}`, async () => {
        const body = JSON.stringify({ fund: unfunded });
        return (await fetch(`${simulators[rail]}/_control`, { method: 'POST', body })).ok || undefined;
      });
    }
    // A no that was on its way when the funds came blocks the payer once more.
    await client.persistently(`end of ${batchId}`, async () => {
      await client.liftBlocks();
      return (await client.isOver(batchId)) || undefined;
    });
    notes.did('blocked, funded and resumed');
  }
}

export async function playSingle({ client }: World, single: PlannedSingle, notes: Notes): Promise<Played> {
  await sleep(single.atMs);
  const batchId = await once(single.copies, () => client.transferred(single), notes);
  const [asked] = fileOf([single.row]).asked;
  return { kind: 'single', batchId, asked: [asked!], later: Promise.resolve(undefined) };
}

async function once(copies: number, post: () => Promise<string>, notes: Notes): Promise<string> {
  const ids = await Promise.all(Array.from({ length: copies }, post));
  if (new Set(ids).size > 1) notes.find(twice(ids[0]!, ids));
  if (copies > 1) notes.did('posted at once');
  return ids[0]!;
}

/** Those whose refusal may be another one tomorrow: neither bad rows nor duplicates, nor what was cancelled. */
async function failedRows(c: World['c'], batchId: string): Promise<number[]> {
  const refusals = { _id: batchRange(batchId), status: 'rejected', stage: { $in: ['lookup', 'rail'] } } as const;
  const failed = await c.outcomes.find(refusals).toArray();
  return failed.map(({ _id }) => rowOfKey(_id));
}

/** As rows of the child, in the parent's order; they are refused again for what they are. */
export function askedAgain(asked: readonly AskedRow[], rows: readonly number[]): AskedRow[] {
  const again = new Set(rows);
  return asked.filter(({ row }) => again.has(row)).map((one, at) => ({ ...one, row: at + 1, parentRow: one.row }));
}

function twice(batchId: string, ids: readonly string[]): Finding {
  return { wrong: 'paid twice', batchId, row: 0, detail: `one key made ${ids.join(', ')}` };
}
