/** Amounts that go to many, newest first. */
import { Select, SelectItem } from '@carbon/react';
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import type { RouteItem, RouteStatus } from '../client/wallet-types.ts';
import { count } from '../format/amount.ts';
import { Amount, Moment } from '../parts/figures.tsx';
import { RouteState, routeLooks } from '../parts/loop-state.tsx';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';

export function PaymentRoutes() {
  const filters = useFilters();
  const query = { status: filters.get('status'), cursor: filters.get('cursor'), limit: 50 };
  const page = useData<Page<'routes', RouteItem>>(withQuery('/api/v1/routes', query), {
    on: ({ kind }) => kind === 'batch',
    every: 5_000,
  });
  return (
    <>
      <PageHead
        title="Routes"
        lead="One amount that goes to many: held whole in the float, split into parts, and sent on."
      />
      <div className="filters">
        <Select
          id="route-status"
          size="sm"
          hideLabel
          labelText="State"
          value={query.status}
          onChange={({ target }) => filters.set({ status: target.value })}
        >
          <SelectItem value="" text="every state" />
          {(Object.keys(routeLooks) as RouteStatus[]).map((status) => (
            <SelectItem key={status} value={status} text={routeLooks[status].word} />
          ))}
        </Select>
      </div>
      <Loaded data={page} lines={8}>
        {({ routes, next_cursor }) =>
          routes.length === 0 && !query.cursor ? (
            <Empty title={query.status ? 'No route is like that' : 'No route yet'}>
              Programs send them to <code>POST /api/v1/routes</code>, once the tenant has a funded float and accounts to
              pay. Each gets a page of its own here.
            </Empty>
          ) : (
            <>
              <DataTable
                label="Routes"
                rows={routes}
                keyOf={({ route_id }) => route_id}
                columns={[
                  {
                    name: 'Route',
                    cell: ({ route_id, request_id }) => (
                      <Link className="strong-link" to={`/routes/${route_id}`}>
                        {request_id ?? route_id.slice(0, 8)}
                      </Link>
                    ),
                  },
                  { name: 'State', cell: ({ status }) => <RouteState status={status} /> },
                  {
                    name: 'Amount',
                    isNumber: true,
                    cell: ({ amount, currency }) => <Amount amount={amount} currency={currency} />,
                  },
                  { name: 'Parts', isNumber: true, cell: ({ parts }) => count(parts) },
                  { name: 'Goes to', cell: ({ auto_payout }) => goalOf(auto_payout) },
                  { name: 'Came', cell: ({ created_at }) => <Moment at={created_at} /> },
                ]}
              />
              <Pager next={next_cursor} shown={routes.length} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

export function goalOf(isPaidOut: boolean): string {
  return isPaidOut ? 'bank or mobile accounts, over their rails' : 'the receivers’ wallets';
}
