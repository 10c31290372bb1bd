/** The first screen answers three questions: is money moving, is anything stuck, does anything wait for me? */
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useSession } from '../client/session.tsx';
import type { Counted, Summary } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { duration } from '../format/time.ts';
import { Age, Amount, Bar, Moment, TotalAmounts, textOf, totalsOf } from '../parts/figures.tsx';
import { Loaded, PageHead, Section } from '../parts/page.tsx';
import { lookOfBatch, State } from '../parts/state.tsx';
import { OpenAlerts, useOpenAlerts } from './alert-table.tsx';
import { BatchTable } from './batches.tsx';

export function Home() {
  const summary = useData<Summary>('/api/v1/summary', { on: () => true, every: 5_000 });
  const alerts = useOpenAlerts();
  return (
    <>
      <PageHead title="Home" lead="Is money moving, is anything stuck, does anything wait for you?" />
      <Loaded data={summary} lines={8}>
        {(value) => (
          <>
            <div className="questions">
              <Moving summary={value} />
              <Stuck summary={value} alerts={alerts.length} />
              <Waiting summary={value} />
            </div>
            <OpenAlerts alerts={alerts} />
            <Today summary={value} />
          </>
        )}
      </Loaded>
      <Section title="Newest batches" aside={<Link to="/batches">All batches</Link>}>
        <BatchTable query={{ limit: 8 }} />
      </Section>
    </>
  );
}

function Moving({ summary: { moving } }: { readonly summary: Summary }) {
  const isMoving = moving.batches.count > 0;
  return (
    <section className="card" aria-label="Is money moving?">
      <h2>Is money moving?</h2>
      <p className="card__answer">
        {isMoving ? `${perSecond(moving.rows_per_second)} rows/s` : 'Nothing is under way'}
      </p>
      <p className="faint">{isMoving ? lastly(moving.over_seconds) : 'No batch is being checked or paid.'}</p>
      <ul className="tally">
        <Line to="/batches?under_way=true" of={moving.batches} text="batches under way" />
        {isMoving && (
          <li>
            <span>rows of theirs</span>
            <b>{count(moving.counts.total)}</b>
          </li>
        )}
        {Object.entries(totalsOf(moving.totals, 'total')).map(([currency, amount]) => (
          <li key={currency}>
            <span>{currency} in them</span>
            <b>
              <Amount amount={amount} currency={currency} />
            </b>
          </li>
        ))}
      </ul>
      {isMoving && <Bar values={textOf(moving.counts)} />}
    </section>
  );
}

function Stuck({ summary: { stuck }, alerts }: { readonly summary: Summary; readonly alerts: number }) {
  const { incidents, unknowns, conflicts, paused_batches, payer_blocks, rails } = stuck;
  const all = [incidents, unknowns, conflicts, paused_batches, payer_blocks, rails, { count: alerts }];
  const kinds = all.filter((each) => each.count > 0).length;
  return (
    <section className="card" aria-label="Is anything stuck?">
      <h2>Is anything stuck?</h2>
      <p className="card__answer">{kinds === 0 ? 'Nothing' : counted(kinds, 'thing')}</p>
      <p className="faint">
        {stuck.unknowns.count > 0 && stuck.unknowns.oldest_since ? (
          <>
            oldest unknown payment: <Age since={stuck.unknowns.oldest_since} />
          </>
        ) : kinds === 0 ? (
          'No step, payment or rail waits for a repair.'
        ) : (
          'each line leads to exactly these'
        )}
      </p>
      <ul className="tally">
        <Line
          to="/incidents"
          of={stuck.incidents}
          text={`incidents${stuck.incidents.count > 0 ? ` of ${counted(stuck.incidents.causes, 'cause')}` : ''}`}
        />
        <Line
          to="/unknowns"
          of={stuck.unknowns}
          text={
            <>unknown payments {stuck.unknowns.count > 0 && <TotalAmounts totals={stuck.unknowns.totals} inLine />}</>
          }
        />
        <Line to="/unknowns#conflicts" of={stuck.conflicts} text="contradictions of rails" />
        <Line to="/batches?hold=paused" of={stuck.paused_batches} text="paused batches" />
        <Line to="/rails#payers" of={stuck.payer_blocks} text="payers without funds" />
        <Line
          to="/rails"
          of={stuck.rails}
          text={`rails not up${stuck.rails.names.length > 0 ? `: ${stuck.rails.names.join(', ')}` : ''}`}
        />
        <Line to="/alerts" of={{ count: alerts }} text="alerts of the hub itself" />
      </ul>
    </section>
  );
}

function Waiting({ summary: { waiting } }: { readonly summary: Summary }) {
  const { may } = useSession();
  const mine = waiting.approvals.mine + (may('payments.confirm') ? waiting.hand_marks.count : 0);
  return (
    <section className="card" aria-label="Does anything wait for me?">
      <h2>Does anything wait for me?</h2>
      <p className="card__answer">{mine === 0 ? 'Nothing' : counted(mine, 'decision')}</p>
      <p className="faint">{mine === 0 ? 'Nobody needs your yes or no.' : 'somebody waits for your yes or no'}</p>
      <ul className="tally">
        <Line to="/approvals" of={{ count: waiting.approvals.mine }} text="approvals that you may give" />
        <Line
          to="/approvals"
          of={{ count: waiting.approvals.count - waiting.approvals.mine }}
          text="approvals for others"
        />
        <Line to="/unknowns#marks" of={waiting.hand_marks} text="payments marked by hand, to confirm" />
      </ul>
    </section>
  );
}

function Today({ summary: { today } }: { readonly summary: Summary }) {
  if (today.batches === 0) return null;
  return (
    <p className="row-line section">
      <span>
        {counted(today.batches, 'batch')} since <Moment at={today.since} />:
      </span>
      {Object.entries(today.by_status).map(([status, n]) => (
        <Link key={status} to={`/batches?status=${status}`} className="row-line">
          <State look={lookOfBatch(status as keyof Summary['today']['by_status'], null)} /> {count(n)}
        </Link>
      ))}
    </p>
  );
}

function Line({ to, of, text }: { readonly to: string; readonly of: Counted; readonly text: ReactNode }) {
  return (
    <li data-zero={of.count === 0}>
      {of.count === 0 ? <span>{text}</span> : <Link to={to}>{text}</Link>}
      <b>
        {count(of.count)}
        {of.at_least && '+'}
      </b>
    </li>
  );
}

function lastly(seconds: number): string {
  return seconds > 0 ? `over the last ${duration(seconds)}` : 'no row has had its outcome lately';
}

function perSecond(rate: number): string {
  if (rate === 0) return '0';
  return rate >= 10 ? count(Math.round(rate)) : rate.toFixed(1);
}
