/** The tenant's wallets: whose money is inside of the loop, how much may be paid, how much waits. */
import { Search, Select, SelectItem } from '@carbon/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import type { Wallet, WalletKind } from '../client/wallet-types.ts';
import { isZero } from '../format/amount.ts';
import { Amount, Moment } from '../parts/figures.tsx';
import { useSettled } from '../parts/global-search.tsx';
import { WalletState } from '../parts/loop-state.tsx';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';

export const kindWords: Readonly<Record<WalletKind, string>> = {
  float: 'float, the tenant’s own',
  receiver: 'of a receiver',
  asset: 'the world outside',
};

export function Wallets() {
  const filters = useFilters();
  const [owner, setOwner] = useState(filters.get('owner'));
  const query = {
    owner: useSettled(owner.trim()),
    kind: filters.get('kind'),
    cursor: filters.get('cursor'),
    limit: 50,
  };
  const isFiltered = query.owner !== '' || query.kind !== '';
  const page = useData<Page<'wallets', Wallet>>(withQuery('/api/v1/wallets', query), {
    on: ({ kind }) => kind === 'batch',
    every: 5_000,
  });
  return (
    <>
      <PageHead
        title="Wallets"
        lead="Money inside of the loop: the tenant’s own and that of the people it pays. What is held waits for payments under way."
      />
      <div className="filters">
        <Select
          id="wallet-kind"
          size="sm"
          hideLabel
          labelText="Kind"
          value={query.kind}
          onChange={({ target }) => filters.set({ kind: target.value })}
        >
          <SelectItem value="" text="every kind" />
          {Object.entries(kindWords).map(([value, text]) => (
            <SelectItem key={value} value={value} text={text} />
          ))}
        </Select>
        <Search
          size="sm"
          labelText="Owner"
          placeholder="Owner, the whole name"
          value={owner}
          onChange={({ target }) => {
            setOwner(target.value);
            filters.set({});
          }}
        />
      </div>
      <Loaded data={page} lines={8}>
        {({ wallets, next_cursor }) =>
          wallets.length === 0 && !query.cursor ? (
            isFiltered ? (
              <Empty title="No wallet is like that">Write the owner’s whole name, as it stands in the list.</Empty>
            ) : (
              <Empty title="No wallet yet">
                A float is opened and funded through <code>POST /api/v1/wallets</code>; receivers’ wallets open when
                they are first paid.
              </Empty>
            )
          ) : (
            <>
              <WalletTable wallets={wallets} />
              <Pager next={next_cursor} shown={wallets.length} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function WalletTable({ wallets }: { readonly wallets: readonly Wallet[] }) {
  return (
    <DataTable
      label="Wallets"
      rows={wallets}
      keyOf={({ wallet_id }) => wallet_id}
      columns={[
        {
          name: 'Owner',
          cell: ({ wallet_id, owner }) => (
            <Link className="strong-link" to={`/wallets/${wallet_id}`}>
              {owner}
            </Link>
          ),
        },
        { name: 'Kind', cell: ({ kind }) => kindWords[kind] },
        { name: 'State', cell: ({ status }) => <WalletState status={status} /> },
        {
          name: 'Available',
          isNumber: true,
          cell: ({ available, currency }) => <Amount amount={available} currency={currency} />,
        },
        {
          name: 'Held',
          isNumber: true,
          cell: ({ held, currency }) =>
            isZero(held) ? <span className="faint">–</span> : <Amount amount={held} currency={currency} />,
        },
        {
          name: 'Balance',
          isNumber: true,
          cell: ({ balance, currency }) => <Amount amount={balance} currency={currency} />,
        },
        { name: 'Opened', cell: ({ created_at }) => <Moment at={created_at} /> },
      ]}
    />
  );
}
