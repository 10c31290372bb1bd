/** One batch: where its money and its process stand, what failed and why, and what can be done about it. */
import { Link, useParams } from 'react-router';
import { finalStatuses } from '../../domain/outcome.ts';
import type { StreamEvent } from '../client/event-stream.ts';
import type { Batch, Progress } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, counted, percent, shareOf } from '../format/amount.ts';
import { duration } from '../format/time.ts';
import { Bar, Breakdown, Moment, TotalAmounts, textOf, totalsOf } from '../parts/figures.tsx';
import { Loaded, Note, PageHead, Section } from '../parts/page.tsx';
import { BatchState } from '../parts/state.tsx';
import { ApprovalBox } from './batch-approval.tsx';
import { BatchCommands } from './batch-commands.tsx';
import { BatchDiagram } from './batch-diagram.tsx';
import { Failures } from './batch-failures.tsx';
import { BatchPast } from './batch-past.tsx';
import { RailLines } from './batch-rails.tsx';
import { BatchRows } from './batch-rows.tsx';

export function BatchPage() {
  const { id = '' } = useParams();
  const on = (event: StreamEvent) => event.data.batch_id === id;
  const batch = useData<Batch>(`/api/v1/batchtransactions/${id}`, { on, every: 10_000 });
  const isRunning = batch.value !== undefined && !finalStatuses.includes(batch.value.status);
  const progress = useData<Progress>(`/api/v1/batches/${id}/progress`, { on, every: isRunning ? 1_000 : undefined });
  const reload = () => {
    batch.reload();
    progress.reload();
  };
  return (
    <Loaded data={batch} lines={10}>
      {(value) => (
        <>
          <PageHead
            title={value.file_name}
            crumbs={[{ to: '/batches', text: 'Batches' }]}
            mark={<BatchState status={value.status} hold={value.hold} counts={progress.value?.counts} />}
            lead={<Origin batch={value} />}
            actions={<BatchCommands batch={value} progress={progress.value} onDone={reload} />}
          />
          {progress.value && <Headline progress={progress.value} />}
          <Warnings batch={value} />
          <ApprovalBox batch={value} onDone={reload} />
          <BatchDiagram batchId={id} isRunning={isRunning} />
          {progress.value && progress.value.counts.total > 0 && (
            <div className="columns">
              <Section title="Rows and money">
                <Breakdown
                  counts={progress.value.counts}
                  totals={progress.value.totals}
                  linkOf={(state, children) => (
                    <Link to={`?state=${state}#rows`} replace>
                      {children}
                    </Link>
                  )}
                />
              </Section>
              <RailLines progress={progress.value} />
            </div>
          )}
          {progress.value && progress.value.counts.failed > 0 && (
            <Failures batchId={id} version={progress.value.version} />
          )}
          <BatchRows batch={value} isRunning={isRunning} />
          <BatchPast batch={value} />
        </>
      )}
    </Loaded>
  );
}

function Origin({ batch }: { readonly batch: Batch }) {
  const { approval } = batch;
  return (
    <>
      sent by {batch.maker}, <Moment at={batch.created_at} />
      {approval?.state === 'approved' && <> · approved by {approval.by}</>}
      {approval?.state === 'refused' && <> · refused by {approval.by}</>}
      {batch.purpose && <> · {batch.purpose}</>} · request {batch.request_id}
      {batch.retry_of && (
        <>
          {' · '}
          <Link to={`/batches/${batch.retry_of.batch_id}`}>retry {batch.retry_of.k} of another batch</Link>
        </>
      )}
    </>
  );
}

function Headline({ progress: { counts, totals, speed, seconds_left, status } }: { readonly progress: Progress }) {
  if (counts.total === 0) return null;
  const share = (n: number) => percent(shareOf(String(n), String(counts.total)));
  return (
    <>
      <p className="headline">
        <span className="figure">
          {counted(counts.total, 'row')} · <TotalAmounts totals={totalsOf(totals, 'total')} inLine />
        </span>
        <span>
          {share(counts.done)} paid
          {counts.failed > 0 && ` · ${share(counts.failed)} failed`}
          {counts.unknown > 0 && ` · ${share(counts.unknown)} unknown`}
          {counts.running > 0 && ` · ${share(counts.running)} running`}
          {counts.waiting > 0 && ` · ${share(counts.waiting)} waiting`}
        </span>
        {!finalStatuses.includes(status) && counts.running + counts.waiting > 0 && speed && (
          <span>
            {seconds_left !== null && `~${duration(seconds_left)} left · `}
            {speed.rows_per_second >= 10 ? count(Math.round(speed.rows_per_second)) : speed.rows_per_second.toFixed(1)}{' '}
            rows/s
          </span>
        )}
      </p>
      <Bar values={textOf(counts)} />
    </>
  );
}

/** What somebody should know before they do anything. */
function Warnings({ batch }: { readonly batch: Batch }) {
  return (
    <>
      {batch.problem && (
        <Note tone="failed">
          <strong>{batch.problem.title}.</strong> {batch.problem.detail} No row was paid. Send a mended file as a new
          batch.
        </Note>
      )}
      {batch.seen_before && (
        <Note tone="partly">
          <strong>The same file came before.</strong> Its bytes are those of{' '}
          <Link to={`/batches/${batch.seen_before}`}>an earlier batch</Link>. A monthly payroll is like that; a file
          that was sent twice too.
        </Note>
      )}
      {batch.payer_blocks.map((block) => (
        <Note key={block.id} tone="partly">
          <strong>
            A payer ({block.payer}) waits at {block.rail}.
          </strong>{' '}
          {block.text} Nothing more of theirs is sent until <Link to="/rails#payers">the payer is resumed</Link>.
        </Note>
      ))}
      {batch.conflicts.length > 0 && (
        <Note tone="unknown">
          <strong>{counted(batch.conflicts.length, 'answer')} of rails contradict what is in the books.</strong> The
          books stand; <Link to="/unknowns#conflicts">a person should look</Link>.
        </Note>
      )}
      {batch.status === 'below_threshold' && (
        <Note tone="partly">
          <strong>Fewer rows were paid than the tenant’s threshold asks for.</strong> Nothing is paid back by itself:
          look at what failed, then retry it.
        </Note>
      )}
    </>
  );
}
