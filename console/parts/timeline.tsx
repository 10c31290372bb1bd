/** A life in order: what, when, how long it took, by whom, and what exactly was said, folded under it. */
import type { TimelineEntry } from '../client/payment-types.ts';
import { milliseconds } from '../format/time.ts';
import { Moment } from './figures.tsx';
import type { Tone } from './state.tsx';

export function Timeline({ entries }: { readonly entries: readonly TimelineEntry[] }) {
  return (
    <ol className="timeline">
      {entries.map((entry, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries are only ever added at the end
        <li key={`${entry.at} ${entry.kind} ${at}`} data-tone={toneOf(entry)}>
          <div className="timeline__line">
            <Moment at={entry.at} />
            <span className="wrap-anywhere">
              <strong>{entry.title}</strong>
              {entry.detail && ` ${entry.detail}`}
              {entry.attempt != null && entry.attempt > 1 && <span className="faint"> try {entry.attempt}</span>}
              {entry.by && <span className="faint"> by {entry.by}</span>}
              {entry.reason && <span className="faint">: {entry.reason}</span>}
            </span>
            <span className="faint amount">{entry.ms != null && milliseconds(entry.ms)}</span>
          </div>
          <Exchange entry={entry} />
        </li>
      ))}
    </ol>
  );
}

function Exchange({ entry }: { readonly entry: TimelineEntry }) {
  if (entry.body == null && entry.http_status == null) return null;
  const head = [
    entry.direction,
    entry.http_status && `HTTP ${entry.http_status}`,
    entry.answer,
    entry.message_id && `message ${entry.message_id}`,
  ];
  const said = head.filter(Boolean).join(' · ');
  if (entry.body == null) return <p className="timeline__said faint">{said}</p>;
  return (
    <details>
      <summary>{said || 'as it was said'}</summary>
      <pre>{typeof entry.body === 'string' ? entry.body : JSON.stringify(entry.body, null, 2)}</pre>
    </details>
  );
}

function toneOf({ kind, code, answer, title }: TimelineEntry): Tone {
  if (kind === 'outcome') return code == null && !/refus|cancel|fail/i.test(title) ? 'done' : 'failed';
  if (kind === 'conflict' || answer === 'unknown') return 'unknown';
  if (kind === 'command' || kind === 'hand_mark') return 'partly';
  return kind === 'exchange' || kind === 'claimed' ? 'running' : 'waiting';
}
