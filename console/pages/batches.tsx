/** All batches, newest first: which are under way, which are stuck, which came through. A file dropped here is checked and sent. */
import { Button, Search, Select, SelectItem } from '@carbon/react';
import { Add } from '@carbon/react/icons';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { finalStatuses } from '../../domain/outcome.ts';
import { withQuery } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import type { BatchItem, Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, percent, shareOf } from '../format/amount.ts';
import { Bar, Moment, TotalAmounts, textOf, totalsOf } from '../parts/figures.tsx';
import { useSettled } from '../parts/global-search.tsx';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { BatchState, State, wordOfBatch } from '../parts/state.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';
import { useHeld } from '../parts/use-held.ts';
import { DropZone } from './drop-zone.tsx';

const statuses = ['queued', 'validating', 'awaiting_approval', 'processing', ...finalStatuses] as const;

export function Batches() {
  const filters = useFilters();
  const navigate = useNavigate();
  const session = useSession();
  const [text, setText] = useState(filters.get('q'));
  const q = useSettled(text.trim());
  const query = {
    q,
    status: filters.get('status'),
    hold: filters.get('hold'),
    under_way: filters.get('under_way'),
    needs: filters.get('needs'),
    cursor: filters.get('cursor'),
    limit: 50,
  };
  const which = filters.get('under_way') ? 'under_way' : filters.get('hold') || filters.get('status') || '';
  return (
    <>
      <PageHead
        title="Batches"
        lead="Each file that came in, and where its payments stand."
        actions={
          session.may('batches.submit') && (
            <Button size="md" renderIcon={Add} onClick={() => void navigate('/batches/new')}>
              New batch
            </Button>
          )
        }
      />
      <div className="filters">
        <Search
          size="sm"
          labelText="Search by batch, request or file"
          placeholder="Batch id, request id, file name …"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Select
          id="batch-status"
          size="sm"
          hideLabel
          labelText="Show"
          value={which}
          onChange={({ target: { value } }) =>
            filters.set({
              under_way: value === 'under_way' ? 'true' : undefined,
              hold: value === 'paused' ? 'paused' : undefined,
              status: (statuses as readonly string[]).includes(value) ? value : undefined,
            })
          }
        >
          <SelectItem value="" text="every state" />
          <SelectItem value="under_way" text="under way" />
          <SelectItem value="paused" text="paused" />
          {statuses.map((status) => (
            <SelectItem key={status} value={status} text={wordOfBatch(status)} />
          ))}
        </Select>
      </div>
      <BatchTable query={query} isFiltered={q !== '' || which !== ''} canPage />
    </>
  );
}

export function BatchTable({
  query,
  isFiltered = false,
  canPage = false,
}: {
  readonly query: Readonly<Record<string, string | number>>;
  readonly isFiltered?: boolean;
  readonly canPage?: boolean;
}) {
  const page = useData<Page<'batches', BatchItem>>(withQuery('/api/v1/search/batches', query), {
    on: ({ kind }) => kind === 'batch' || kind === 'approval' || kind === 'incident',
    every: 10_000,
  });
  const held = useHeld(page.value?.batches, idOf, canPage ? withQuery('', query) : '', page.at);
  return (
    <Loaded data={page} lines={8}>
      {({ batches: all, next_cursor }) => {
        const batches = canPage ? held.rows : all;
        return all.length === 0 && !query.cursor ? (
          <NoBatches isFiltered={isFiltered} />
        ) : (
          <>
            {canPage && held.isNew > 0 && (
              <Button className="new-rows fresh" kind="ghost" size="sm" onClick={held.show}>
                {count(held.isNew)} new
              </Button>
            )}
            <DataTable
              label="Batches"
              rows={batches}
              keyOf={({ batch_id }) => batch_id}
              columns={[
                {
                  name: 'File',
                  cell: (batch) => (
                    <>
                      <Link className="strong-link" to={`/batches/${batch.batch_id}`}>
                        {batch.file_name}
                      </Link>{' '}
                      {batch.retry_of && <span className="faint">retry</span>}
                    </>
                  ),
                },
                { name: 'State', cell: (batch) => <BatchMark batch={batch} /> },
                { name: 'Rows', isNumber: true, cell: ({ rows }) => (rows === null ? '–' : count(rows)) },
                {
                  name: 'Amount',
                  isNumber: true,
                  cell: ({ totals }) => (totals ? <TotalAmounts totals={totalsOf(totals, 'total')} /> : '–'),
                },
                {
                  name: 'Paid',
                  isNumber: true,
                  cell: ({ counts }) => (counts ? percent(shareOf(String(counts.done), String(counts.total))) : '–'),
                },
                { name: 'Progress', cell: ({ counts }) => counts && <Bar isThin values={textOf(counts)} /> },
                { name: 'Rails', cell: ({ rails }) => rails.join(', ') },
                { name: 'Sent by', cell: ({ maker }) => maker },
                { name: 'Accepted', cell: ({ created_at }) => <Moment at={created_at} /> },
              ]}
            />
            {canPage && <Pager next={next_cursor} shown={batches.length} />}
          </>
        );
      }}
    </Loaded>
  );
}

function idOf({ batch_id }: BatchItem): string {
  return batch_id;
}

function BatchMark({ batch }: { readonly batch: BatchItem }) {
  return (
    <span className="row-line">
      <BatchState {...batch} />
      {batch.open_incidents > 0 && (
        <Link to={`/incidents?batch=${batch.batch_id}`}>
          <State look={{ word: `${count(batch.open_incidents)} stuck`, tone: 'failed' }} />
        </Link>
      )}
    </span>
  );
}

function NoBatches({ isFiltered }: { readonly isFiltered: boolean }) {
  const { me, may } = useSession();
  if (isFiltered)
    return (
      <Empty title="No batch is like that">Take a filter away, or search from the beginning of an id or name.</Empty>
    );
  const address = `${window.location.origin}/api/v1/batchtransactions?type=csv`;
  return (
    <Empty title="No batch yet">
      {may('batches.submit') && <DropZone />}
      <p>Programs send theirs over HTTP:</p>
      <pre>
        {`curl -F data=@payroll.csv '${address}' \\\n  -H 'Platform-TenantId: ${me.tenant?.id}' -H 'X-CorrelationID: '$(uuidgen) -H 'Authorization: Bearer '$TOKEN`}
      </pre>
      <p>
        The columns of the file stand in <a href="/api/v1/template?types=PROGRAM">its template</a>; add{' '}
        <code>&dryRun=true</code> to check a file and pay nothing.
      </p>
    </Empty>
  );
}
