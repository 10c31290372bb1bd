/** Payments that came one by one, newest first. */
import { Select, SelectItem } from '@carbon/react';
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { Transfer } from '../client/payment-types.ts';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { Amount, Moment, stateOrder } from '../parts/figures.tsx';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { PaymentStateMark, paymentLooks } from '../parts/state.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';
import { PartyText } from './batch-rows.tsx';

export function Payments() {
  const filters = useFilters();
  const query = { state: filters.get('state'), cursor: filters.get('cursor'), limit: 50 };
  const page = useData<Page<'transfers', Transfer>>(withQuery('/api/v1/transfers', query), { every: 5_000 });
  return (
    <>
      <PageHead
        title="Single payments"
        lead="Payments that programs sent one by one; those of files stand in their batches."
      />
      <div className="filters">
        <Select
          id="state"
          size="sm"
          hideLabel
          labelText="State"
          value={query.state}
          onChange={({ target }) => filters.set({ state: target.value })}
        >
          <SelectItem value="" text="every state" />
          {stateOrder.map((state) => (
            <SelectItem key={state} value={state} text={paymentLooks[state].word} />
          ))}
        </Select>
      </div>
      <Loaded data={page} lines={8}>
        {({ transfers, next_cursor }) =>
          transfers.length === 0 && !query.cursor ? (
            <Empty title={query.state ? 'No single payment is like that' : 'No single payment yet'}>
              Programs send them to <code>POST /channel/transfer</code>; each gets a page of its own here.
            </Empty>
          ) : (
            <>
              <DataTable
                label="Single payments"
                rows={transfers}
                keyOf={({ transaction_id }) => transaction_id}
                columns={[
                  {
                    name: 'Payment',
                    cell: (each) => (
                      <Link className="strong-link" to={`/payments/${each.end_to_end_id}`}>
                        {each.client_ref_id ?? each.transaction_id.slice(0, 8)}
                      </Link>
                    ),
                  },
                  { name: 'State', cell: ({ state }) => <PaymentStateMark state={state} /> },
                  { name: 'Payee', cell: ({ payee }) => <PartyText party={payee} /> },
                  {
                    name: 'Amount',
                    isNumber: true,
                    cell: (each) => <Amount amount={each.amount} currency={each.currency} />,
                  },
                  { name: 'Rail', cell: ({ rail }) => rail },
                  {
                    name: 'Why',
                    cell: ({ code, text }) => <span className="cut">{[code, text].filter(Boolean).join(' ')}</span>,
                  },
                  { name: 'Came', cell: ({ created_at }) => <Moment at={created_at} /> },
                ]}
              />
              <Pager next={next_cursor} shown={transfers.length} />
            </>
          )
        }
      </Loaded>
    </>
  );
}
