/** The inbox of steps that wait for a person: grouped by cause, so that a hundred of one kind are one line and one repair. */
import { Button, Select, SelectItem } from '@carbon/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { Cause, Incident } from '../client/operation-types.ts';
import { useSession } from '../client/session.tsx';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { Age, Moment } from '../parts/figures.tsx';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';
import { BulkResolveDialog, type Scope } from './resolve-dialog.tsx';

const isIncident = ({ kind }: { readonly kind: string }) => kind === 'incident';

export function Incidents() {
  const filters = useFilters();
  const [scope, setScope] = useState<Scope>();
  const state = filters.get('state') || 'open';
  const isListed = state !== 'open' || filters.get('batch') !== '' || filters.get('cause') !== '';
  return (
    <>
      <PageHead
        title="Incidents"
        lead="Steps of processes that failed for good and wait for a person. Mend the cause first, then have them tried again."
        actions={
          <Select
            id="incident-state"
            size="sm"
            hideLabel
            labelText="Show"
            value={state}
            onChange={({ target }) => filters.set({ state: target.value === 'open' ? undefined : target.value })}
          >
            <SelectItem value="open" text="open" />
            <SelectItem value="resolved" text="resolved" />
            <SelectItem value="all" text="all" />
          </Select>
        }
      />
      {isListed ? <List state={state} onResolve={setScope} /> : <Causes onResolve={setScope} />}
      {scope && <BulkResolveDialog scope={scope} close={() => setScope(undefined)} />}
    </>
  );
}

function Causes({ onResolve }: { readonly onResolve: (scope: Scope) => void }) {
  const { may } = useSession();
  const causes = useData<{ readonly causes: readonly Cause[]; readonly counted_max: number }>(
    '/api/v1/incidents?groupBy=cause',
    {
      on: isIncident,
      every: 10_000,
    },
  );
  return (
    <Loaded data={causes} lines={6}>
      {(value) =>
        value.causes.length === 0 ? (
          <Empty title="Nothing is stuck">
            When a step fails for good, it appears here within a second or two, with others of the same cause. The
            resolved ones stay under “resolved”.
          </Empty>
        ) : (
          <DataTable
            label="Causes of open incidents"
            rows={value.causes}
            keyOf={({ cause }) => cause}
            columns={[
              {
                name: 'Stuck',
                isNumber: true,
                cell: (each) => <State look={{ word: count(each.count), tone: 'failed' }} />,
              },
              {
                name: 'Why',
                cell: (each) => (
                  <Link
                    className="wrap-anywhere"
                    to={each.count === 1 ? `/incidents/${each.newest}` : `/incidents?cause=${each.cause}`}
                  >
                    {each.message || each.error_type}
                  </Link>
                ),
              },
              { name: 'Where', cell: ({ process_id, element_id }) => `${process_id} · ${element_id}` },
              { name: 'Kind', cell: ({ error_type }) => <code className="small">{error_type}</code> },
              { name: 'For', isNumber: true, cell: ({ first_at }) => <Age since={first_at} /> },
              { name: 'Newest', cell: ({ last_at }) => <Moment at={last_at} /> },
              may('incidents.resolve') && {
                name: 'Action',
                cell: (each: Cause) => (
                  <Button kind="ghost" size="sm" onClick={() => onResolve({ cause: each.cause })}>
                    Try again {each.count === 1 ? '…' : `all ${count(each.count)} …`}
                  </Button>
                ),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}

function List({ state, onResolve }: { readonly state: string; readonly onResolve: (scope: Scope) => void }) {
  const { may } = useSession();
  const filters = useFilters();
  const [batch, cause] = [filters.get('batch'), filters.get('cause')];
  const query = { state, batch, cause, cursor: filters.get('cursor'), limit: 50 };
  const page = useData<Page<'incidents', Incident>>(withQuery('/api/v1/incidents', query), {
    on: isIncident,
    every: 10_000,
  });
  return (
    <>
      {(batch || cause) && (
        <p className="row-line fresh">
          <span>
            {cause && 'Of one cause. '}
            {batch && (
              <>
                Of batch <Link to={`/batches/${batch}`}>{batch.slice(0, 8)}</Link>.
              </>
            )}
          </span>
          <Button kind="ghost" size="sm" onClick={() => filters.set({ batch: undefined, cause: undefined })}>
            Show all
          </Button>
          {may('incidents.resolve') && state === 'open' && (
            <Button size="sm" kind="tertiary" onClick={() => onResolve(cause ? { cause } : { batch })}>
              Try all again …
            </Button>
          )}
        </p>
      )}
      <Loaded data={page} lines={6}>
        {({ incidents, next_cursor }) =>
          incidents.length === 0 ? (
            <Empty title="No incident is like that">
              Open ones wait for a person; resolved ones are kept for a month.
            </Empty>
          ) : (
            <>
              <DataTable
                label="Incidents"
                rows={incidents}
                keyOf={({ key }) => key}
                columns={[
                  {
                    name: 'Why',
                    cell: ({ key, message, error_type }) => (
                      <Link className="cut" to={`/incidents/${key}`} title={message}>
                        {message || error_type}
                      </Link>
                    ),
                  },
                  {
                    name: 'State',
                    cell: (each) => (
                      <State
                        look={
                          each.state === 'open' ? { word: 'open', tone: 'failed' } : { word: 'resolved', tone: 'done' }
                        }
                      />
                    ),
                  },
                  { name: 'Where', cell: ({ process_id, element_id }) => `${process_id} · ${element_id}` },
                  {
                    name: 'Batch',
                    cell: ({ batch_id }) => batch_id && <Link to={`/batches/${batch_id}`}>{batch_id.slice(0, 8)}</Link>,
                  },
                  { name: 'Row', isNumber: true, cell: ({ row }) => row },
                  { name: 'Since', cell: ({ created_at }) => <Moment at={created_at} /> },
                  { name: 'Resolved', cell: ({ resolved_at }) => <Moment at={resolved_at} /> },
                ]}
              />
              <Pager next={next_cursor} shown={incidents.length} />
            </>
          )
        }
      </Loaded>
      <p className="faint small">{counted(page.value?.incidents.length ?? 0, 'incident')} on this page</p>
    </>
  );
}
