/** Sends the notices of one channel: some of each tenant in turn, no faster than the channel bears, each written down before it leaves. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Handed, NoticeChannel, noticeReasons } from '../../domain/notice.ts';
import { createGate } from '../../platform/gate.ts';
import type { Log } from '../../platform/log.ts';
import type { NoticeDoc } from '../../store/notice-documents.ts';
import type { NoticeEnd, Notices } from '../../store/notices.ts';
import type { Channel, Letter } from './channel.ts';
import type { LetterWriter } from './write-letters.ts';

export type SendDeps = {
  readonly channel: Channel;
  readonly notices: Notices;
  readonly write: LetterWriter;
  /** The pause before the second try; it doubles from there, up to half an hour. */
  readonly pauseMs: number;
  readonly onEnd: (channel: NoticeChannel, end: string, ms?: number) => void;
  readonly log: Log;
  readonly now: () => Date;
  readonly random?: () => number;
};

type Reason = keyof typeof noticeReasons;

/** Taken at once: so many go out within a few seconds, and no more have to wait for their lease when we die. */
const takenMax = 200;
const takenSeconds = 5;
const longestPauseMs = 1_800_000;
/** Between the end of a call and its being written down. */
const graceMs = 30_000;

export type NoticeSender = {
  /** Sends some of each tenant; false where nothing was due. Ends soon once `signal` fires, and hands back what was not begun. */
  sweep(signal: AbortSignal): Promise<boolean>;
};

export function createNoticeSender(deps: SendDeps): NoticeSender {
  const { channel, notices, onEnd, log, now, random = Math.random } = deps;
  const { limits } = channel;
  const perTurn = Math.max(1, Math.min(takenMax, Math.ceil(limits.ratePerSecond * takenSeconds)));
  const gate = createGate({ ...limits, queueMax: takenMax, now: () => performance.now() });
  const leaseMs = limits.timeoutMs + graceMs + (perTurn / limits.ratePerSecond) * 1_000;
  let downTimes = 0;

  async function sweep(signal: AbortSignal): Promise<boolean> {
    let isSome = false;
    for (const tenantId of await notices.openTenants()) {
      if (signal.aborted) break;
      const { taken, orphans } = await notices.take(tenantId, channel.id, perTurn, leaseMs);
      if (taken.length + orphans.length === 0) {
        await notices.closeRounds(tenantId);
        continue;
      }
      isSome = true;
      await Promise.all(orphans.map(endOrphan));
      if (await sendAll(tenantId, taken, signal)) downTimes = 0;
      else await rest(signal);
    }
    return isSome;
  }

  /** False where the channel takes nothing at the moment; what was not begun may be taken again then. */
  async function sendAll(tenantId: string, taken: readonly NoticeDoc[], signal: AbortSignal): Promise<boolean> {
    if (taken.length === 0) return true;
    const counts = new Map<string, number>();
    const unbegun: NoticeDoc[] = [];
    let isDown = false;
    await Promise.all(
      (await deps.write(taken, tenantId, channel.id)).map(async (one) => {
        if (one.kind === 'none') return tell(counts, await end(one.notice, one));
        const turn = await gate.enter({ withinMs: leaseMs, signal });
        if (turn.kind === 'refused') return void unbegun.push(one.notice);
        try {
          if (isDown || signal.aborted) return void unbegun.push(one.notice);
          const handed = await send(one.notice, one.letter, counts);
          isDown ||= handed?.kind === 'later' && handed.isDown;
        } finally {
          turn.leave();
        }
      }),
    );
    await notices.putBack(unbegun, now());
    log.info('notices sent', { tenantId, channel: channel.id, ...Object.fromEntries(counts), putBack: unbegun.length });
    return !isDown;
  }

  /** Undefined where it was in other hands. */
  async function send(notice: NoticeDoc, letter: Letter, counts: Map<string, number>): Promise<Handed | undefined> {
    if (now() >= notice.until) {
      tell(counts, await end(notice, { state: 'failed', reason: 'too-late' satisfies Reason }));
      return undefined;
    }
    if (!(await notices.begin(notice, limits.timeoutMs + graceMs))) return undefined;
    const began = performance.now();
    const handed = await channel.send(letter);
    tell(counts, await end(notice, endOf(notice, handed), performance.now() - began));
    return handed;
  }

  function endOf(notice: NoticeDoc, handed: Handed): NoticeEnd {
    if (handed.kind === 'taken') return { state: 'sent', reference: handed.reference };
    if (handed.kind === 'refused') return { state: 'failed', reason: handed.reason };
    if (handed.kind === 'unknown' && !channel.isRepeatable) return { state: 'unknown', reason: handed.reason };
    return again(notice, handed.reason);
  }

  /** Later, unless that is too late. */
  function again(notice: NoticeDoc, reason: string): NoticeEnd {
    const pauseMs = Math.min(longestPauseMs, deps.pauseMs * 2 ** Math.min(notice.tries, 16)) * (0.5 + random() / 2);
    const dueAt = new Date(now().getTime() + pauseMs);
    if (dueAt < notice.until) return { state: 'waiting', reason, dueAt };
    // What may have been taken the last time is not said to have failed.
    return reason === 'answer-lost' ? { state: 'unknown', reason } : { state: 'failed', reason };
  }

  /** Whoever began it died before the answer was noted. */
  async function endOrphan(notice: NoticeDoc): Promise<void> {
    const reason = 'sender-died' satisfies Reason;
    const isAgain = channel.isRepeatable && now() < notice.until;
    const said = await end(notice, isAgain ? { state: 'waiting', reason, dueAt: now() } : { state: 'unknown', reason });
    if (said === 'unknown')
      log.warn('nobody knows whether a notice was sent', { tenantId: notice.tenantId, channel: channel.id });
  }

  /** The word that counts it; undefined where it was in other hands. */
  async function end(
    notice: NoticeDoc,
    { state, reason, reference, dueAt }: NoticeEnd,
    ms?: number,
  ): Promise<string | undefined> {
    if (!(await notices.end(notice, { state, reason, reference, dueAt }))) return undefined;
    const word = dueAt ? 'later' : state;
    onEnd(channel.id, word, ms);
    return word;
  }

  /** A channel that is away is asked again after a second, then two, a minute at most. */
  async function rest(signal: AbortSignal): Promise<void> {
    downTimes += 1;
    const ms = Math.min(60_000, 500 * 2 ** Math.min(downTimes, 7)) * (0.5 + random() / 2);
    log.warn('channel of notices takes nothing', { channel: channel.id, pauseMs: Math.round(ms) });
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  }

  return { sweep };
}

function tell(counts: Map<string, number>, word: string | undefined): void {
  if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
}
