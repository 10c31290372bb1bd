/** One wallet: what it has, what moved in it, whether its lines add up to it; freezing it and opening it again. */
import { Button } from '@carbon/react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { send, withQuery } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import type {
  Statement,
  StatementLine,
  Wallet,
  WalletStatus,
  WalletVerification,
  Withdrawal,
} from '../client/wallet-types.ts';
import { count, counted, grouped, isZero } from '../format/amount.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Amount, Moment } from '../parts/figures.tsx';
import { RouteState, WalletState } from '../parts/loop-state.tsx';
import { Facts, Loaded, Note, PageHead, Section } from '../parts/page.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';
import { kindWords } from './wallets.tsx';

export function WalletPage() {
  const { id = '' } = useParams();
  const wallet = useData<Wallet>(`/api/v1/wallets/${id}`, { on: ({ kind }) => kind === 'batch', every: 5_000 });
  return (
    <Loaded data={wallet} lines={8}>
      {(value) => (
        <>
          <PageHead
            title={value.owner}
            crumbs={[{ to: '/wallets', text: 'Wallets' }]}
            mark={<WalletState status={value.status} />}
            lead={`${kindWords[value.kind]}, in ${value.currency}`}
            actions={<Commands wallet={value} onDone={wallet.reload} />}
          />
          <Balance wallet={value} />
          <StatusNote wallet={value} />
          <Lines wallet={value} />
          <div className="columns">
            <Section title="Wallet">
              <Facts
                facts={[
                  ['Wallet', <code key="id">{value.wallet_id}</code>],
                  ['May fall below zero', value.allow_negative ? 'yes' : 'no'],
                  ['Opened', <Moment key="opened" at={value.created_at} />],
                ]}
              />
            </Section>
            <Verification wallet={value} />
          </div>
          <Withdrawals walletId={id} />
        </>
      )}
    </Loaded>
  );
}

function Balance({ wallet: { available, held, balance, currency } }: { readonly wallet: Wallet }) {
  const parts = [
    ['Available', available, 'may be paid now'],
    ['Held', held, 'waits for payments under way'],
    ['Balance', balance, 'both together'],
  ] as const;
  return (
    <div className="ages fresh">
      {parts.map(([name, amount, meaning]) => (
        <div className="card" key={name}>
          <p className="faint">{name}</p>
          <p className="figure">
            <Amount amount={amount} currency={currency} />
          </p>
          <p className="faint small">{meaning}</p>
        </div>
      ))}
    </div>
  );
}

function StatusNote({ wallet: { status, status_set } }: { readonly wallet: Wallet }) {
  if (!status_set) return null;
  const words: Readonly<Record<WalletStatus, string>> = {
    open: 'Opened again',
    frozen: 'Frozen: nothing goes in or out, except what comes back',
    closed: 'Closed for ever',
  };
  return (
    <Note tone={status === 'frozen' ? 'partly' : 'waiting'}>
      <strong>{words[status]}.</strong> {status_set.by}, <Moment at={status_set.at} />: {status_set.reason}
    </Note>
  );
}

const commandWords = {
  frozen: {
    button: 'Freeze …',
    title: 'Freeze this wallet?',
    verb: 'Freeze',
    text: 'Nothing goes into it or out of it, except that what was held comes back. Payments to and from it are refused until it is opened again.',
  },
  open: {
    button: 'Open again …',
    title: 'Open this wallet again?',
    verb: 'Open it',
    text: 'It takes and gives money as before. What was refused meanwhile is not tried again by itself.',
  },
  closed: {
    button: 'Close …',
    title: 'Close this wallet for ever?',
    verb: 'Close it',
    text: 'It is empty and nothing of it is held. A closed wallet is never opened again; its statement stays.',
  },
} as const;

/** Only an empty wallet can be closed, and none that is closed is anything else again. */
function statusesAfter({ status, balance, held }: Wallet): readonly WalletStatus[] {
  if (status === 'closed') return [];
  const isEmpty = isZero(balance) && isZero(held);
  return [status === 'frozen' ? 'open' : 'frozen', ...(isEmpty ? (['closed'] as const) : [])];
}

function Commands({ wallet, onDone }: { readonly wallet: Wallet; readonly onDone: () => void }) {
  const { may } = useSession();
  const [next, setNext] = useState<WalletStatus>();
  if (!may('wallets.write')) return null;
  return (
    <>
      {statusesAfter(wallet).map((status) => (
        <Button
          key={status}
          size="sm"
          kind={status === 'open' ? 'primary' : 'danger--tertiary'}
          onClick={() => setNext(status)}
        >
          {commandWords[status].button}
        </Button>
      ))}
      {next && (
        <CommandDialog
          close={(isDone) => {
            setNext(undefined);
            if (isDone) onDone();
          }}
          command={{
            title: commandWords[next].title,
            verb: commandWords[next].verb,
            isDangerous: next !== 'open',
            run: (reason) => send('PUT', `/api/v1/wallets/${wallet.wallet_id}/status`, { status: next, reason }),
          }}
        >
          <p>
            <strong>{wallet.owner}</strong>, <Amount amount={wallet.balance} currency={wallet.currency} />, of which{' '}
            {grouped(wallet.held)} are held
          </p>
          <p>{commandWords[next].text}</p>
        </CommandDialog>
      )}
    </>
  );
}

function Lines({ wallet }: { readonly wallet: Wallet }) {
  const filters = useFilters();
  const path = `/api/v1/wallets/${wallet.wallet_id}/statement`;
  // A balance that changed has a new line.
  const statement = useData<Statement>(withQuery(path, { cursor: filters.get('cursor'), limit: 50 }), { every: 5_000 });
  return (
    <Section title="Statement">
      <Loaded data={statement} lines={6}>
        {({ lines, next_cursor }) =>
          lines.length === 0 ? (
            <p className="faint">Nothing has moved in it yet.</p>
          ) : (
            <>
              <DataTable
                label="Statement"
                rows={lines}
                keyOf={({ seq }) => String(seq)}
                columns={[
                  { name: 'Line', isNumber: true, cell: ({ seq }) => count(seq) },
                  { name: 'When', cell: ({ at }) => <Moment at={at} /> },
                  { name: 'What', cell: ({ kind }) => kind },
                  {
                    name: `Moved, ${wallet.currency}`,
                    isNumber: true,
                    cell: ({ amount }) => (amount.startsWith('-') ? grouped(amount) : `+${grouped(amount)}`),
                  },
                  { name: 'Available after', isNumber: true, cell: ({ available }) => grouped(available) },
                  { name: 'Belongs to', cell: (line) => <Reference line={line} /> },
                  {
                    name: 'By, and why',
                    cell: ({ by, reason }) => (
                      <span className="wrap-anywhere">{[by, reason].filter(Boolean).join(': ')}</span>
                    ),
                  },
                ]}
              />
              <Pager next={next_cursor === null ? null : String(next_cursor)} shown={lines.length} />
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

/** Payments have a page; a funding's reference is the bank's own. */
function Reference({ line: { kind, ref } }: { readonly line: StatementLine }) {
  if (ref === null) return <span className="faint">–</span>;
  if (kind === 'payment' || kind === 'payout') return <Link to={`/payments/${ref}`}>payment {ref.slice(0, 8)}</Link>;
  return <code className="small cut">{ref}</code>;
}

/** Reads every line of the wallet, so it is asked for and not shown by itself. */
function Verification({ wallet: { wallet_id, currency } }: { readonly wallet: Wallet }) {
  const [isAsked, setAsked] = useState(false);
  const verification = useData<WalletVerification>(isAsked ? `/api/v1/wallets/${wallet_id}/verification` : null);
  return (
    <Section title="Do its lines add up?">
      {!isAsked && (
        <p className="row-line">
          <Button size="sm" kind="tertiary" onClick={() => setAsked(true)}>
            Recompute it
          </Button>
          <span className="faint">Its balance from each of its lines.</span>
        </p>
      )}
      {isAsked && (
        <Loaded data={verification} lines={2}>
          {({ sound, available, recomputed, lines }) => (
            <Note tone={sound ? 'done' : 'failed'}>
              <p>
                <strong>{sound ? 'They do.' : 'They do not.'}</strong> {counted(lines, 'line')} added up:{' '}
                <Amount amount={recomputed} currency={currency} />
                {sound ? (
                  ', which is what it has.'
                ) : (
                  <>
                    , and it has <Amount amount={available} currency={currency} />.
                  </>
                )}
              </p>
              {!sound && <p>Freeze it, keep everything as it is, and tell whoever runs the hub.</p>}
              <Button kind="ghost" size="sm" onClick={verification.reload}>
                Recompute it again
              </Button>
            </Note>
          )}
        </Loaded>
      )}
    </Section>
  );
}

function Withdrawals({ walletId }: { readonly walletId: string }) {
  const withdrawals = useData<Page<'withdrawals', Withdrawal>>(`/api/v1/wallets/${walletId}/withdrawals?limit=20`, {
    on: ({ kind }) => kind === 'batch',
  });
  const found = withdrawals.value?.withdrawals ?? [];
  if (found.length === 0) return null;
  return (
    <Section title="Newest withdrawals">
      <DataTable
        label="Withdrawals"
        rows={found}
        keyOf={({ withdrawal_id }) => withdrawal_id}
        columns={[
          {
            name: 'Withdrawal',
            cell: ({ withdrawal_id }) => <code className="small">{withdrawal_id.slice(0, 8)}</code>,
          },
          { name: 'State', cell: ({ status }) => <RouteState status={status} /> },
          { name: 'Amount', isNumber: true, cell: (each) => <Amount amount={each.amount} currency={each.currency} /> },
          { name: 'To account', cell: ({ account }) => <code className="small">{account}</code> },
          { name: 'Asked by', cell: ({ requested_by }) => requested_by },
          { name: 'When', cell: ({ created_at }) => <Moment at={created_at} /> },
        ]}
      />
    </Section>
  );
}
