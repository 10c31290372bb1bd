/** Looks through the rows of a batch whose payees are told, and writes down what is to be told, before anything is sent. */
import { rowKeyBytes, rowOfKey } from '../../domain/ids.ts';
import { addressOf, type NoticeChannel, noticeOutcomeOf, readAddress } from '../../domain/notice.ts';
import type { Log } from '../../platform/log.ts';
import type { Collections } from '../../store/collections.ts';
import type { BatchDoc, OutcomeDoc, PaymentDoc } from '../../store/documents.ts';
import type { NoticeDoc } from '../../store/notice-documents.ts';
import { type Notices, noticeKey } from '../../store/notices.ts';
import { returnsOf } from '../../store/returns.ts';
import { rowRange } from '../../store/row-keys.ts';

export type PlanDeps = {
  readonly c: Collections;
  readonly notices: Notices;
  /** How long a notice is tried. */
  readonly lifeMs: number;
  readonly log: Log;
  readonly now: () => Date;
};

/** Rows read at once, and how long they may take before another process looks at them. */
const chunk = 1_000;
const leaseMs = 60_000;

/** Plans one round that is due; false where there is none. Killed anywhere, it is gone on with after the lease. */
export async function planNotices({ c, notices, lifeMs, log, now }: PlanDeps): Promise<boolean> {
  const round = await notices.takeRound(leaseMs);
  if (!round) return false;
  const { _id: batchId, channels } = round;
  const batch = await c.batches.findOne({ _id: batchId });
  const rows = batch?.rows ?? 0;
  const withoutAddress = { ...round.withoutAddress };
  let planned = 0;
  for (let row = round.row; batch && row < rows; row += chunk) {
    const told = await tellingRows(batch, row + 1, Math.min(rows, row + chunk));
    const docs = told.flatMap((one) => channels.flatMap((channel) => noticeOf(one, channel) ?? []));
    for (const channel of channels) {
      const lacking = told.filter(({ payment }) => addressOf(payment, channel) === undefined).length;
      withoutAddress[channel] = Number(withoutAddress[channel] ?? 0) + lacking;
    }
    await notices.plan(docs);
    planned += docs.length;
    const isDone = row + chunk >= rows;
    if (!(await notices.proceed(round, { row: Math.min(rows, row + chunk), withoutAddress }, { leaseMs, isDone })))
      return true;
  }
  if (round.row >= rows) await notices.proceed(round, { row: round.row, withoutAddress }, { leaseMs, isDone: true });
  log.info('notices planned', { batchId, planned, withoutAddress });
  return true;

  type Telling = { readonly payment: PaymentDoc; readonly outcome: NoticeDoc['outcome'] };

  /** Payments of these rows with an outcome that the batch tells of. */
  async function tellingRows(of: BatchDoc, first: number, last: number): Promise<Telling[]> {
    const range = { _id: rowRange(batchId, first, last) };
    const fields = { projection: { status: 1, stage: 1 } } as const;
    const found = await c.outcomes.find(range, fields).toArray();
    const returns = await returnsOf(c, of, first, last);
    const outcomes = new Map(
      (found as Pick<OutcomeDoc, '_id' | 'status' | 'stage'>[]).flatMap(({ _id, status, stage }) => {
        const row = rowOfKey(_id);
        const outcome = noticeOutcomeOf(status, stage, returns.has(row));
        return outcome && round!.outcomes.includes(outcome) ? [[row, outcome] as const] : [];
      }),
    );
    if (outcomes.size === 0) return [];
    const payments = await c.payments.find(range, { projection: { tenantId: 1, payee: 1, extra: 1 } }).toArray();
    return payments.flatMap((payment) => {
      const outcome = outcomes.get(rowOfKey(payment._id));
      return outcome ? [{ payment, outcome }] : [];
    });
  }

  /** Undefined where the row says no address. */
  function noticeOf({ payment, outcome }: Telling, channel: NoticeChannel): NoticeDoc | undefined {
    const address = addressOf(payment, channel);
    if (address === undefined) return undefined;
    const at = now();
    const isGood = readAddress(address, channel) !== undefined;
    return {
      _id: noticeKey(rowKeyBytes(batchId, rowOfKey(payment._id)), channel, outcome),
      tenantId: round!.tenantId,
      channel,
      outcome,
      ...(isGood
        ? { state: 'waiting', dueAt: at }
        : { state: 'failed', reason: 'address-malformed', dueAt: null, endedAt: at }),
      until: new Date(at.getTime() + lifeMs),
      tries: 0,
      round: 0,
      at,
    };
  }
}
