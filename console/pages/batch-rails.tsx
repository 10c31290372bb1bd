/** How each rail gets on with a batch, rows and money side by side. */
import type { Progress } from '../client/types.ts';
import { count, grouped, shareOf } from '../format/amount.ts';
import { Bar, textOf } from '../parts/figures.tsx';
import { Section } from '../parts/page.tsx';
import { RailStateMark } from '../parts/state.tsx';

export function RailLines({ progress: { rails, counts } }: { readonly progress: Progress }) {
  if (rails.length === 0) return null;
  return (
    <Section title="By rail">
      {rails.map((rail) => (
        <div className="rail-line" key={rail.rail}>
          <span>
            <strong>{rail.rail}</strong> {rail.state !== 'up' && <RailStateMark state={rail.state} />}
          </span>
          <Bar values={textOf(rail.counts)} />
          <span className="amount">
            {count(rail.counts.total)} ·{' '}
            {Object.entries(rail.totals)
              .map(([currency, { total }]) => `${currency} ${grouped(total)}`)
              .join(' + ')}
          </span>
          <span className="rail-line__text faint small">
            {[
              rail.state !== 'up' && rail.state_text,
              rail.counts.failed > 0 &&
                `${count(rail.counts.failed)} failed${moneyShare(rail.counts.failed, counts.total, rail)}`,
              rail.counts.unknown > 0 && `${count(rail.counts.unknown)} unknown`,
              rail.stopped > 0 && `${count(rail.stopped)} sub-batches stopped with their payer`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </div>
      ))}
    </Section>
  );
}

/** Twenty failed rows can be 1 % or 60 % of the money. */
function moneyShare(failed: number, total: number, { totals }: Progress['rails'][number]): string {
  const [sole, ...others] = Object.values(totals);
  if (!sole || others.length > 0 || failed === 0 || total === 0) return '';
  return ` (${Math.round(shareOf(sole.failed, sole.total) * 100)} % of its money)`;
}
