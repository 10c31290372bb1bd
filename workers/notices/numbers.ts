/** Numbers of the notices: what came of them, how long each took, and how many wait. */
import type { NoticeChannel } from '../../domain/notice.ts';
import { kept, type Metrics } from '../../platform/metrics.ts';
import type { Notices } from '../../store/notices.ts';
import type { TellingDeps } from './telling.ts';

export function noticeNumbers(metrics: Metrics, notices: Pick<Notices, 'waiting'>): Pick<TellingDeps, 'onEnd'> {
  const labels = ['channel', 'end'];
  const ends = metrics.counter('tributary_notices_total', 'tries to tell a payee, by what came of them', labels);
  const took = metrics.timer('tributary_notice_seconds', 'time to hand over a notice', ['channel']);
  const waiting = kept(() => notices.waiting(), 5_000);
  metrics.gauges('tributary_notices_waiting', 'notices that wait to be sent', ['channel'], async () =>
    [...(await waiting())].map(([channel, count]) => [{ channel }, count] as const),
  );
  return {
    onEnd(channel: NoticeChannel, end, ms) {
      ends({ channel, end });
      if (ms !== undefined) took(ms / 1_000, { channel });
    },
  };
}
