/** What was told to the tenant's addresses, newest first: what was heard, what is still tried, and what was given up. */
import { Button, Search, Select, SelectItem } from '@carbon/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import type { Delivery, DeliveryState } from '../client/webhook-types.ts';
import { count } from '../format/amount.ts';
import { Moment } from '../parts/figures.tsx';
import { useSettled } from '../parts/global-search.tsx';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { DeliveryStateMark, deliveryLooks } from '../parts/state.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';

export function Webhooks() {
  const { may } = useSession();
  const filters = useFilters();
  const [event, setEvent] = useState(filters.get('event'));
  const query = {
    state: filters.get('state'),
    batch: filters.get('batch'),
    event: useSettled(event.trim()),
    cursor: filters.get('cursor'),
    limit: 50,
  };
  const isFiltered = query.state !== '' || query.batch !== '' || query.event !== '';
  const page = useData<Page<'webhook_deliveries', Delivery>>(withQuery('/api/v1/webhook-deliveries', query), {
    on: ({ kind }) => kind === 'batch',
    every: 5_000,
  });
  return (
    <>
      <PageHead
        title="Webhooks"
        lead="What was told to the addresses of this tenant and of its batches’ senders. What was heard is kept for 30 days."
        actions={may('settings.read') && <Link to="/tenant#addresses">Addresses and secret</Link>}
      />
      <div className="filters">
        <Select
          id="delivery-state"
          size="sm"
          hideLabel
          labelText="State"
          value={query.state}
          onChange={({ target }) => filters.set({ state: target.value })}
        >
          <SelectItem value="" text="every state" />
          {(Object.keys(deliveryLooks) as DeliveryState[]).map((state) => (
            <SelectItem key={state} value={state} text={deliveryLooks[state].word} />
          ))}
        </Select>
        <Search
          size="sm"
          labelText="Event"
          placeholder="Event, such as batch.closed"
          value={event}
          onChange={({ target }) => {
            setEvent(target.value);
            filters.set({});
          }}
        />
        {query.batch && (
          <Button kind="ghost" size="sm" onClick={() => filters.set({ batch: undefined })}>
            only {query.batch.slice(0, 8)} ✕
          </Button>
        )}
      </div>
      <Loaded data={page} lines={8}>
        {({ webhook_deliveries, next_cursor }) =>
          webhook_deliveries.length === 0 && !query.cursor ? (
            <Nothing isFiltered={isFiltered} />
          ) : (
            <>
              <DeliveryTable deliveries={webhook_deliveries} />
              <Pager next={next_cursor} shown={webhook_deliveries.length} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No webhook is like that">Write the whole name of the event.</Empty>;
  return (
    <Empty title="Nothing was told to anybody yet">
      A batch tells the callback address that it came with, and the tenant’s notification address, when it has ended.
      Each such message stands here with every try, and can be sent again.
    </Empty>
  );
}

function DeliveryTable({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  return (
    <DataTable
      label="Webhooks"
      rows={deliveries}
      keyOf={({ id }) => id}
      columns={[
        {
          name: 'Event',
          cell: ({ id, event }) => (
            <Link className="strong-link" to={`/webhooks/${id}`}>
              {event}
            </Link>
          ),
        },
        { name: 'State', cell: ({ state }) => <DeliveryStateMark state={state} /> },
        { name: 'About', cell: (each) => <AboutLink delivery={each} /> },
        {
          name: 'To',
          cell: ({ url }) => (
            <span className="cut" title={url}>
              {url}
            </span>
          ),
        },
        { name: 'Tries', isNumber: true, cell: ({ tries }) => count(tries) },
        {
          name: 'Last said',
          cell: (each) => (
            <span className="cut" title={lastWordOf(each)}>
              {lastWordOf(each)}
            </span>
          ),
        },
        { name: 'Made', cell: ({ created_at }) => <Moment at={created_at} /> },
        {
          name: 'Heard, or next try',
          cell: ({ delivered_at, next_try_at }) => <Moment at={delivered_at ?? next_try_at} />,
        },
      ]}
    />
  );
}

/** Alerts are about no batch; a single payment's own id stands in the batch's place. */
export function AboutLink({ delivery: { event, batch_id } }: { readonly delivery: Delivery }) {
  if (batch_id === null) return <span className="faint">–</span>;
  const isSingle = event === 'transfer.settled';
  return (
    <Link to={`/${isSingle ? 'payments' : 'batches'}/${batch_id}`}>
      {isSingle ? 'payment' : 'batch'} {batch_id.slice(0, 8)}
    </Link>
  );
}

/** Of an answer its status; where there was none, why. */
function lastWordOf({ attempts, last_error, state }: Delivery): string {
  const last = attempts.at(-1);
  if (!last) return state === 'pending' ? 'not tried yet' : (last_error ?? '');
  return last.status === null ? (last.error ?? last_error ?? 'no answer') : `HTTP ${last.status}`;
}
