/** Tells payees what became of their payments: plans what is to be told, and sends it, a loop for each channel; beside all jobs, so that no payment waits for it. */
import type { NoticeChannel } from '../../domain/notice.ts';
import { noticeChannels } from '../../domain/notice.ts';
import type { Log } from '../../platform/log.ts';
import type { Collections } from '../../store/collections.ts';
import type { NoticeTemplates } from '../../store/notice-templates.ts';
import type { Notices } from '../../store/notices.ts';
import type { OptOuts } from '../../store/opt-outs.ts';
import { every, type Loop } from '../every.ts';
import type { Channel } from './channel.ts';
import { planNotices } from './plan-notices.ts';
import { createNoticeSender } from './send-notices.ts';
import { createLetterWriter } from './write-letters.ts';

export type TellingDeps = {
  readonly c: Collections;
  readonly notices: Notices;
  readonly templates: NoticeTemplates;
  readonly optOuts: OptOuts;
  /** Those that the hub has. */
  readonly channels: readonly Channel[];
  readonly lifeMs: number;
  readonly pauseMs: number;
  readonly onEnd: (channel: NoticeChannel, end: string, ms?: number) => void;
  readonly log: Log;
  readonly now: () => Date;
  /** Pause between looks that find nothing. */
  readonly idleMs: number;
};

export function startTelling(deps: TellingDeps): Loop {
  const { c, notices, channels, log, idleMs } = deps;
  const stopped = new AbortController();
  const write = createLetterWriter(c, deps.templates, deps.optOuts);
  const again = async (work: () => Promise<boolean>) => {
    while (!stopped.signal.aborted && (await work()));
  };
  const planning = every(idleMs, log, 'notices were not planned', () => again(() => planNotices(deps)));
  const sending = channels.map((channel) => {
    const sender = createNoticeSender({ ...deps, channel, write });
    return every(idleMs, log, 'notices were not sent', () => again(() => sender.sweep(stopped.signal)));
  });
  const missing = noticeChannels.filter((id) => !channels.some((channel) => channel.id === id));
  const giving = missing.map((id) =>
    every(idleMs, log, 'notices of a channel that is missing were not ended', () => giveUp(id)),
  );
  return {
    async stop() {
      stopped.abort();
      await Promise.all([planning, ...sending, ...giving].map((loop) => loop.stop()));
      await Promise.all(channels.map((channel) => channel.close()));
    },
  };

  /** What waits for a channel that this hub has no more is said to have failed, instead of waiting for ever. */
  async function giveUp(id: NoticeChannel): Promise<void> {
    for (const tenantId of await notices.openTenants()) {
      const { taken, orphans } = await notices.take(tenantId, id, 1_000, 60_000);
      for (const notice of taken) await notices.end(notice, { state: 'failed', reason: 'channel-missing' });
      for (const notice of orphans) await notices.end(notice, { state: 'unknown', reason: 'sender-died' });
      if (taken.length + orphans.length === 0) await notices.closeRounds(tenantId);
      for (const end of taken.map(() => 'failed')) deps.onEnd(id, end);
    }
  }
}
