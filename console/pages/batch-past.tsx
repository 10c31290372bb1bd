/** What belongs to a batch beside its rows: its retries, who did what to it, its files, and what was told to its sender. */
import { Button } from '@carbon/react';
import { Link } from 'react-router';
import { download } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import type { Batch, CommandTaken } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { Moment } from '../parts/figures.tsx';
import { Facts, Loaded, Section } from '../parts/page.tsx';
import { BatchState } from '../parts/state.tsx';
import { DataTable } from '../parts/table.tsx';

export function BatchPast({ batch }: { readonly batch: Batch }) {
  return (
    <>
      {batch.retries.length > 0 && (
        <Section title="Retries of its failed rows">
          <DataTable
            label="Retries"
            rows={batch.retries}
            keyOf={({ child }) => child}
            columns={[
              { name: 'Retry', cell: ({ k, child }) => <Link to={`/batches/${child}`}>retry {k}</Link> },
              { name: 'State', cell: ({ status }) => <BatchState status={status} hold={null} /> },
              { name: 'Rows', isNumber: true, cell: ({ rows }) => count(rows) },
              { name: 'By', cell: ({ by }) => by },
              { name: 'Why', cell: ({ reason }) => reason },
              { name: 'When', cell: ({ given_at }) => <Moment at={given_at} /> },
            ]}
          />
        </Section>
      )}
      <div className="columns">
        <Commands batch={batch} />
        <Section title="File">
          <Facts
            facts={[
              ['Batch', <code key="id">{batch.batch_id}</code>],
              ['Request', batch.request_id],
              ['Sent', <RequestFile key="sent" batch={batch} />],
              ['SHA-256', <code key="sha">{batch.checksums.sha256}</code>],
              ['Closed', <Moment key="closed" at={batch.completed_at} />],
              batch.notes !== '' && ['Notes', batch.notes],
              batch.results.length > 0 && ['Results', <Results key="results" batch={batch} />],
            ]}
          />
        </Section>
        <Callbacks batch={batch} />
      </div>
    </>
  );
}

function RequestFile({ batch }: { readonly batch: Batch }) {
  return (
    <Button
      kind="ghost"
      size="sm"
      onClick={() => void download(`/api/v1/batches/${batch.batch_id}/request`, batch.file_name)}
    >
      {batch.file_name}
    </Button>
  );
}

function Results({ batch }: { readonly batch: Batch }) {
  return batch.results.map(({ n, created_at }) => (
    <div key={n} className="row-line">
      <Button
        kind="ghost"
        size="sm"
        onClick={() =>
          void download(`/api/v1/batches/${batch.batch_id}/result?n=${n}`, `result-${n}-${batch.file_name}`)
        }
      >
        Result {n}
      </Button>
      <Moment at={created_at} />
    </div>
  ));
}

function Commands({ batch }: { readonly batch: Batch }) {
  const commands = useData<{ readonly commands: readonly CommandTaken[] }>(
    `/api/v1/batches/${batch.batch_id}/commands`,
    {
      on: ({ data }) => data.batch_id === batch.batch_id,
    },
  );
  const { approval } = batch;
  return (
    <Section title="Who did what">
      <Loaded data={commands} lines={2}>
        {(value) => (
          <ul className="tally">
            <li>
              <span>sent by {batch.maker}</span>
              <Moment at={batch.created_at} />
            </li>
            {approval?.decided_at && (
              <li>
                <span>
                  {approval.state} {approval.by && `by ${approval.by}`}
                  {approval.comment && `: ${approval.comment}`}
                </span>
                <Moment at={approval.decided_at} />
              </li>
            )}
            {value.commands.map(({ command, by, reason, given_at }) => (
              <li key={`${command} ${given_at}`}>
                <span>
                  {command} by {by}: {reason}
                </span>
                <Moment at={given_at} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

function Callbacks({ batch }: { readonly batch: Batch }) {
  const { may } = useSession();
  const isLinked = may('webhooks.read');
  if (batch.callbacks.length === 0) return null;
  return (
    <Section
      title="Told to its sender"
      aside={isLinked && <Link to={`/webhooks?batch=${batch.batch_id}`}>All that was told about it</Link>}
    >
      <ul className="tally">
        {batch.callbacks.map(({ event, event_id, state, tries, delivered_at, next_try_at, last_error }) => (
          <li key={event_id}>
            <span>
              {isLinked ? <Link to={`/webhooks/${event_id}`}>{event}</Link> : event}:{' '}
              {state === 'given_up' ? 'given up' : state}
              {tries > 1 && ` at try ${tries}`}
              {last_error && state !== 'delivered' && `: ${last_error}`}
            </span>
            <Moment at={delivered_at ?? next_try_at} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
