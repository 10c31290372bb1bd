/** One route: what became of each part, its rounds, and bringing it back or paying again what failed. */
import { Button } from '@carbon/react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { send } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import { useData } from '../client/use-data.ts';
import type { Route, RoutePart } from '../client/wallet-types.ts';
import { count, counted, grouped, sum } from '../format/amount.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Amount, Moment } from '../parts/figures.tsx';
import { PartStateMark, RouteState } from '../parts/loop-state.tsx';
import { Facts, Loaded, Note, PageHead, Section } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';
import { goalOf } from './routes.tsx';

export function RoutePage() {
  const { id = '' } = useParams();
  const route = useData<Route>(`/api/v1/routes/${id}`, { on: ({ kind }) => kind === 'batch', every: 2_000 });
  return (
    <Loaded data={route} lines={8}>
      {(value) => (
        <>
          <PageHead
            title={`${value.currency} ${grouped(value.amount)} to ${count(value.parts.length)}`}
            crumbs={[{ to: '/routes', text: 'Routes' }]}
            mark={<RouteState status={value.status} />}
            lead={
              <>
                sent by {value.requested_by}, <Moment at={value.created_at} /> · to {goalOf(value.auto_payout)}
              </>
            }
            actions={<Commands route={value} onDone={route.reload} />}
          />
          <ReversalNote route={value} />
          <Section title="Parts">
            <Parts parts={value.parts} hasReversal={value.reversal !== null} />
          </Section>
          <div className="columns">
            <Section title="Rounds">
              <Rounds route={value} />
            </Section>
            <Section title="Route">
              <Facts
                facts={[
                  ['Route', <code key="id">{value.route_id}</code>],
                  value.request_id !== null && ['Request', value.request_id],
                  [
                    'From',
                    <Link key="from" to={`/wallets/${value.from}`}>
                      wallet {value.from.slice(0, 8)}
                    </Link>,
                  ],
                  ['Goes to', goalOf(value.auto_payout)],
                ]}
              />
            </Section>
          </div>
        </>
      )}
    </Loaded>
  );
}

function ReversalNote({ route: { reversal } }: { readonly route: Route }) {
  if (!reversal) return null;
  return (
    <Note tone={reversal.done_at ? 'partly' : 'running'}>
      <strong>{reversal.done_at ? 'It was brought back, as far as could be.' : 'It is being brought back.'}</strong>{' '}
      {reversal.by}, <Moment at={reversal.asked_at} />: {reversal.reason}
    </Note>
  );
}

function Parts({ parts, hasReversal }: { readonly parts: readonly RoutePart[]; readonly hasReversal: boolean }) {
  return (
    <DataTable
      label="Parts"
      rows={parts}
      keyOf={({ n }) => String(n)}
      columns={[
        { name: 'Part', isNumber: true, cell: ({ n }) => count(n) },
        { name: 'State', cell: ({ state }) => <PartStateMark state={state} /> },
        {
          name: 'Account',
          cell: ({ account, role }) => (
            <>
              <code className="small">{account}</code> {role === 'fee' && <span className="faint">fee</span>}
            </>
          ),
        },
        {
          name: 'Amount',
          isNumber: true,
          cell: ({ amount, currency }) => <Amount amount={amount} currency={currency} />,
        },
        { name: 'Share', isNumber: true, cell: ({ share }) => share !== null && `${share} %` },
        { name: 'Over', cell: ({ mode }) => mode },
        {
          name: 'Payment',
          cell: (part) => <Link to={`/payments/${part.end_to_end_id}`}>{part.end_to_end_id.slice(0, 8)}</Link>,
        },
        { name: 'Why', cell: ({ error }) => error && <ErrorText error={error} /> },
        hasReversal && { name: 'Brought back', cell: (part: RoutePart) => <Reversed part={part} /> },
        {
          name: 'Notes',
          cell: ({ notes }) => (
            <span className="faint">
              {Object.entries(notes)
                .map(([name, text]) => `${name}: ${text}`)
                .join(' · ')}
            </span>
          ),
        },
      ]}
    />
  );
}

function ErrorText({ error: { code, description, rail_code } }: { readonly error: NonNullable<RoutePart['error']> }) {
  return (
    <span className="wrap-anywhere">
      {code} {description} {rail_code && <code className="small">{rail_code}</code>}
    </span>
  );
}

const reversalWords: Readonly<Record<string, string>> = {
  asked: 'its rail is asked',
  reversed: 'yes, it is in the float again',
  insufficient: 'no: the receiver has less by now; ask again later',
  reversal_refused: 'no: its rail refused; ask again later',
  paid_out: 'no: it left the loop, and its rail brings nothing back',
  not_paid: 'it was never paid',
};

function Reversed({ part: { reversal, reversal_error } }: { readonly part: RoutePart }) {
  if (reversal === null) return <span className="faint">not known yet</span>;
  return (
    <>
      {reversalWords[reversal] ?? reversal} {reversal_error && <ErrorText error={reversal_error} />}
    </>
  );
}

function Rounds({ route: { rounds } }: { readonly route: Route }) {
  return (
    <ul className="tally">
      {rounds.map(({ round, batch_id, parts, by, reason, begun_at, settled_at }) => (
        <li key={round}>
          <span>
            <Link to={`/batches/${batch_id}`}>round {round}</Link>, {counted(parts.length, 'part')}, by {by}
            {reason && `: ${reason}`}
            {settled_at === null && <span className="faint"> · under way</span>}
          </span>
          <Moment at={settled_at ?? begun_at} />
        </li>
      ))}
    </ul>
  );
}

const commands = {
  retry: {
    button: 'Pay failed parts again …',
    title: 'Pay the failed parts again?',
    verb: 'Pay again',
    text: 'They are paid in a round of their own, to what their accounts are by now: correct an account first. The money is held in the float anew.',
  },
  reversal: {
    button: 'Bring it back …',
    title: 'Bring this route back?',
    verb: 'Bring it back',
    text: 'Each of these parts goes back to the float whole, where its receiver still has as much. What left the loop over a rail comes back only where its rail can bring it back.',
  },
} as const;
type Word = keyof typeof commands;

const canCome: Readonly<Record<Word, (part: RoutePart) => boolean>> = {
  retry: ({ state }) => state === 'failed',
  reversal: ({ state }) => state === 'credited' || state === 'paid_out',
};

/** While a part is pending, or a reversal under way, nothing can be commanded; a route that was reversed is not paid again. */
function wordsFor({ status, parts, rounds, reversal }: Route): readonly Word[] {
  if (status === 'processing' || rounds.at(-1)?.settled_at === null) return [];
  if (reversal && reversal.done_at === null) return [];
  const words = (Object.keys(canCome) as Word[]).filter((word) => parts.some(canCome[word]));
  return reversal ? words.filter((word) => word !== 'retry') : words;
}

function Commands({ route, onDone }: { readonly route: Route; readonly onDone: () => void }) {
  const { may } = useSession();
  const [word, setWord] = useState<Word>();
  if (!may('routes.command')) return null;
  return (
    <>
      {wordsFor(route).map((each) => (
        <Button
          key={each}
          size="sm"
          kind={each === 'retry' ? 'primary' : 'danger--tertiary'}
          onClick={() => setWord(each)}
        >
          {commands[each].button}
        </Button>
      ))}
      {word && (
        <CommandDialog
          close={(isDone) => {
            setWord(undefined);
            if (isDone) onDone();
          }}
          command={{
            title: commands[word].title,
            verb: commands[word].verb,
            isDangerous: word === 'reversal',
            run: (reason) => send('POST', `/api/v1/routes/${route.route_id}/${word}`, { reason }),
          }}
        >
          <Preview parts={route.parts.filter(canCome[word])} currency={route.currency} />
          <p>{commands[word].text}</p>
        </CommandDialog>
      )}
    </>
  );
}

function Preview({ parts, currency }: { readonly parts: readonly RoutePart[]; readonly currency: string }) {
  return (
    <p className="figure">
      {counted(parts.length, 'part')} · <Amount amount={sum(parts.map(({ amount }) => amount))} currency={currency} />
    </p>
  );
}
