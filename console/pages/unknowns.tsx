/** Payments of which nobody can say whether money moved, the oldest first; marks that wait for a second person; contradictions. */
import { Button, Select, SelectItem } from '@carbon/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { send, withQuery } from '../client/call.ts';
import type { AgeBand, Unknown, Unknowns as UnknownPage } from '../client/operation-types.ts';
import type { Conflict, HandMark } from '../client/payment-types.ts';
import { useSession } from '../client/session.tsx';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { duration } from '../format/time.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Age, Amount, Moment, TotalAmounts } from '../parts/figures.tsx';
import { Empty, Loaded, PageHead, Section } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';
import { HandMarkDecision } from './hand-mark.tsx';

export function Unknowns() {
  const filters = useFilters();
  const query = {
    older_than: filters.get('older_than'),
    rail: filters.get('rail'),
    cursor: filters.get('cursor'),
    limit: 50,
  };
  const page = useData<UnknownPage>(withQuery('/api/v1/unknowns', query), {
    on: ({ kind }) => kind === 'unknown' || kind === 'hand_mark',
    every: 10_000,
  });
  return (
    <>
      <PageHead
        title="Unknowns"
        lead="Payments whose rail was asked and could not say what became of them: money may have moved. They are asked about again and again, and never sent twice."
      />
      <Loaded data={page} lines={6}>
        {(value) => (
          <>
            <Ages ages={value.ages} />
            <div className="filters">
              <Select
                id="older-than"
                size="sm"
                hideLabel
                labelText="Older than"
                value={query.older_than}
                onChange={({ target }) => filters.set({ older_than: target.value })}
              >
                <SelectItem value="" text="any age" />
                <SelectItem value="15m" text="older than 15 minutes" />
                <SelectItem value="1h" text="older than 1 hour" />
                <SelectItem value="24h" text="older than 24 hours" />
              </Select>
            </div>
            {value.unknowns.length === 0 ? (
              <Empty title="No payment is unknown">
                When a rail does not answer, the payment stands here until the rail has said what became of it.
              </Empty>
            ) : (
              <UnknownTable unknowns={value.unknowns} />
            )}
            <Pager next={value.next_cursor} shown={value.unknowns.length} />
          </>
        )}
      </Loaded>
      <Marks />
      <Conflicts />
    </>
  );
}

function Ages({ ages }: { readonly ages: readonly AgeBand[] }) {
  if (ages.every((each) => each.count === 0)) return null;
  const words = ages.map(({ up_to_seconds }, at) =>
    up_to_seconds === null
      ? `older than ${duration(ages[at - 1]?.up_to_seconds ?? 0)}`
      : `up to ${duration(up_to_seconds)}`,
  );
  return (
    <div className="ages fresh">
      {ages.map((band, at) => (
        <div className="card" key={words[at]}>
          <p className="faint">{words[at]}</p>
          <p className="figure">{count(band.count)}</p>
          <TotalAmounts totals={band.totals} />
        </div>
      ))}
    </div>
  );
}

function UnknownTable({ unknowns }: { readonly unknowns: readonly Unknown[] }) {
  return (
    <DataTable
      label="Unknown payments"
      rows={unknowns}
      keyOf={({ end_to_end_id }) => end_to_end_id}
      columns={[
        { name: 'For', isNumber: true, cell: ({ since }) => <Age since={since} /> },
        {
          name: 'Payment',
          cell: ({ end_to_end_id, row }) => (
            <Link className="strong-link" to={`/payments/${end_to_end_id}`}>
              {row === null ? end_to_end_id.slice(0, 8) : `row ${count(row)}`}
            </Link>
          ),
        },
        {
          name: 'Batch',
          cell: ({ batch_id }) =>
            batch_id && <Link to={`/batches/${batch_id}?state=unknown#rows`}>{batch_id.slice(0, 8)}</Link>,
        },
        { name: 'Amount', isNumber: true, cell: (each) => <Amount amount={each.amount} currency={each.currency} /> },
        { name: 'Rail', cell: ({ rail }) => rail },
        {
          name: 'What the rail said',
          cell: ({ why }) => (
            <span className="cut" title={why ?? undefined}>
              {why ?? 'nothing yet'}
            </span>
          ),
        },
        { name: 'Mark', cell: ({ hand_mark }) => hand_mark && <State look={{ word: 'proposed', tone: 'running' }} /> },
      ]}
    />
  );
}

function Marks() {
  const { me } = useSession();
  const marks = useData<Page<'hand_marks', HandMark>>('/api/v1/hand-marks?state=proposed', {
    on: ({ kind }) => kind === 'hand_mark',
  });
  if (!marks.value || marks.value.hand_marks.length === 0) return null;
  return (
    <div id="marks">
      <Section title="Marked by hand, to confirm">
        <DataTable
          label="Marks that wait for a second person"
          rows={marks.value.hand_marks}
          keyOf={({ end_to_end_id }) => end_to_end_id}
          columns={[
            {
              name: 'Payment',
              cell: (mark) => (
                <Link to={`/payments/${mark.end_to_end_id}`}>
                  {mark.row === null ? mark.end_to_end_id.slice(0, 8) : `row ${mark.row}`}
                </Link>
              ),
            },
            {
              name: 'Amount',
              isNumber: true,
              cell: (mark) => <Amount amount={mark.amount} currency={mark.currency} />,
            },
            { name: 'Said to be', cell: (mark) => (mark.outcome === 'completed' ? 'paid' : 'not paid') },
            { name: 'Evidence', cell: (mark) => <span className="wrap-anywhere">{mark.evidence}</span> },
            { name: 'By', cell: (mark) => mark.by },
            { name: 'Since', cell: (mark) => <Moment at={mark.proposed_at} /> },
            {
              name: 'Action',
              cell: (mark) => <HandMarkDecision mark={mark} isOwn={mark.by === me.subject} onDone={marks.reload} />,
            },
          ]}
        />
      </Section>
    </div>
  );
}

function Conflicts() {
  const { may } = useSession();
  const conflicts = useData<Page<'conflicts', Conflict>>('/api/v1/conflicts?state=open', {
    on: ({ kind }) => kind === 'conflict',
  });
  const [open, setOpen] = useState<Conflict>();
  if (!conflicts.value || conflicts.value.conflicts.length === 0) return null;
  return (
    <div id="conflicts">
      <Section title="Rails that contradict themselves">
        <p className="faint">
          The books stand as they are. Find out from the rail which answer is true, settle it there, and note it here.
        </p>
        <DataTable
          label="Contradictions"
          rows={conflicts.value.conflicts}
          keyOf={({ id }) => id}
          columns={[
            {
              name: 'Payment',
              cell: ({ end_to_end_id, row }) => (
                <Link to={`/payments/${end_to_end_id}`}>{row ? `row ${row}` : end_to_end_id?.slice(0, 8)}</Link>
              ),
            },
            {
              name: 'Amount',
              isNumber: true,
              cell: ({ amount, currency }) => amount && currency && <Amount amount={amount} currency={currency} />,
            },
            { name: 'Rail', cell: ({ rail }) => rail },
            { name: 'In the books', cell: ({ had }) => had },
            { name: 'Said later', cell: ({ got }) => got },
            { name: 'In its words', cell: ({ text }) => <span className="cut">{text}</span> },
            { name: 'When', cell: ({ at }) => <Moment at={at} /> },
            may('conflicts.resolve') && {
              name: 'Action',
              cell: (each: Conflict) => (
                <Button kind="ghost" size="sm" onClick={() => setOpen(each)}>
                  Note what it was …
                </Button>
              ),
            },
          ]}
        />
      </Section>
      {open && (
        <CommandDialog
          close={(isDone) => {
            setOpen(undefined);
            if (isDone) conflicts.reload();
          }}
          command={{
            title: 'What did you find out?',
            verb: 'Note it',
            run: (reason) => send('POST', `/api/v1/conflicts/${encodeURIComponent(open.id)}/resolve`, { reason }),
          }}
        >
          <p>
            In the books: {open.had}. The rail said later: {open.got}. Your note changes no outcome; it takes the
            contradiction off this list.
          </p>
        </CommandDialog>
      )}
    </div>
  );
}
