/** The rows of a batch: filtered at the server, a page at a time, each a link to its payment's life. */
import { Button, Search, Select, SelectItem } from '@carbon/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { Batch, Party, PaymentPage, PaymentRow } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { Amount, Moment, stateOrder } from '../parts/figures.tsx';
import { useSettled } from '../parts/global-search.tsx';
import { Loaded, Section } from '../parts/page.tsx';
import { PaymentStateMark, paymentLooks } from '../parts/state.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';

export function BatchRows({ batch, isRunning }: { readonly batch: Batch; readonly isRunning: boolean }) {
  const filters = useFilters();
  const [payee, setPayee] = useState(filters.get('payee'));
  const [reference, setReference] = useState(filters.get('reference'));
  const query = {
    state: filters.get('state'),
    code: filters.get('code'),
    payee: useSettled(payee.trim()),
    reference: useSettled(reference.trim()),
    cursor: filters.get('cursor'),
    limit: 50,
  };
  const isFiltered = [query.state, query.code, query.payee, query.reference].some((value) => value !== '');
  const page = useData<PaymentPage>(withQuery(`/api/v1/batches/${batch.batch_id}/payments`, query), {
    on: ({ data }) => data.batch_id === batch.batch_id,
    every: isRunning ? 5_000 : undefined,
  });
  return (
    <div id="rows">
      <Section title="Rows">
        <div className="filters">
          <Select
            id="row-state"
            size="sm"
            hideLabel
            labelText="State"
            value={filters.get('state')}
            onChange={(event) => filters.set({ state: event.target.value, code: undefined })}
          >
            <SelectItem value="" text="every state" />
            {stateOrder.map((state) => (
              <SelectItem key={state} value={state} text={paymentLooks[state].word} />
            ))}
          </Select>
          <Search
            size="sm"
            labelText="Payee, in full or the last four"
            placeholder="Payee: in full or last 4"
            value={payee}
            onChange={(event) => setPayee(event.target.value)}
          />
          <Search
            size="sm"
            labelText="Reference of the client or the rail"
            placeholder="Reference, request id"
            value={reference}
            onChange={(event) => setReference(event.target.value)}
          />
          {query.code && (
            <Button kind="ghost" size="sm" onClick={() => filters.set({ code: undefined })}>
              only {query.code} ✕
            </Button>
          )}
        </div>
        <Loaded data={page} lines={8}>
          {(value) => (
            <>
              {value.payments.length === 0 ? (
                <p className="faint">{nothing(value, isFiltered, isRunning)}</p>
              ) : (
                <RowTable rows={value.payments} />
              )}
              <Pager next={value.next_cursor} shown={value.payments.length}>
                {isFiltered && value.next_cursor && value.searched_to != null && (
                  <span>looked through to row {count(value.searched_to)}</span>
                )}
              </Pager>
            </>
          )}
        </Loaded>
      </Section>
    </div>
  );
}

function nothing(page: PaymentPage, isFiltered: boolean, isRunning: boolean): string {
  if (page.next_cursor) return `No such row up to row ${count(page.searched_to ?? 0)}; the next page looks on.`;
  if (isFiltered) return 'No row is like that.';
  return isRunning ? 'The file is still being read.' : 'The batch has no rows.';
}

function RowTable({ rows }: { readonly rows: readonly PaymentRow[] }) {
  return (
    <DataTable
      label="Rows"
      rows={rows}
      keyOf={({ row }) => String(row)}
      columns={[
        {
          name: 'Row',
          isNumber: true,
          cell: ({ row, end_to_end_id }) => (
            <Link className="strong-link" to={`/payments/${end_to_end_id}`}>
              {count(row)}
            </Link>
          ),
        },
        { name: 'State', cell: ({ state }) => <PaymentStateMark state={state} /> },
        { name: 'Payee', cell: ({ payee }) => <PartyText party={payee} /> },
        {
          name: 'Amount',
          isNumber: true,
          cell: ({ amount, currency }) => (amount === null ? '–' : <Amount amount={amount} currency={currency} />),
        },
        { name: 'Rail', cell: ({ rail, mode }) => rail ?? mode },
        { name: 'Why', cell: (row) => <Why row={row} /> },
        { name: 'Reference', cell: ({ reference }) => reference && <span className="cut">{reference}</span> },
        { name: 'Tries', isNumber: true, cell: ({ attempts }) => count(attempts) },
        { name: 'Ended', cell: ({ ended_at }) => <Moment at={ended_at} /> },
      ]}
    />
  );
}

export function Why({ row }: { readonly row: Pick<PaymentRow, 'code' | 'text' | 'rail_text' | 'rail_code'> }) {
  if (row.code === null && !row.text) return null;
  const said = [row.text, row.rail_text && row.rail_text !== row.text ? row.rail_text : undefined]
    .filter(Boolean)
    .join(': ');
  return (
    <span className="cut" title={`${said}${row.rail_code ? ` (${row.rail_code})` : ''}`}>
      {row.code} {said}
    </span>
  );
}

export function PartyText({ party }: { readonly party: Party }) {
  return (
    <>
      <span className="mono">{party.id}</span> <span className="faint small">{party.dfsp ?? party.type}</span>
    </>
  );
}
