/** Who did what, when and why; and whether what is written is what was sealed. */
import { Button, Search } from '@carbon/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { Moment } from '../parts/figures.tsx';
import { useSettled } from '../parts/global-search.tsx';
import { Empty, Loaded, Note, PageHead } from '../parts/page.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';

type Entry = {
  readonly id: string;
  readonly at: string;
  readonly who: {
    readonly kind: string;
    readonly subject: string;
    readonly name: string | null;
    readonly roles: readonly string[];
  };
  readonly from: { readonly ip: string } | null;
  readonly action: string;
  readonly object: { readonly kind: string; readonly id: string };
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly why: string | null;
};
type Verification = {
  readonly verified: boolean;
  readonly complete: boolean;
  readonly checked: number;
  readonly unsealed: number;
  readonly anchors: number;
  readonly head: { readonly sequence: number; readonly hash: string } | null;
  readonly problems: readonly { readonly kind: string; readonly sequence: number | null; readonly detail: string }[];
};

export function Audit() {
  const filters = useFilters();
  const [who, setWho] = useState(filters.get('who'));
  const [action, setAction] = useState(filters.get('action'));
  const query = {
    who: useSettled(who.trim()),
    action: useSettled(action.trim()),
    objectId: filters.get('objectId'),
    cursor: filters.get('cursor'),
    limit: 50,
  };
  const page = useData<Page<'entries', Entry>>(withQuery('/api/v1/audit', query), { on: () => true, every: 15_000 });
  const verification = useData<Verification>('/api/v1/audit/verification');
  return (
    <>
      <PageHead
        title="Audit"
        lead="Every command and decision: who gave it, from where, to what, and why. Entries are chained and cannot be changed unseen."
      />
      <Loaded data={verification} lines={2}>
        {(value) => <Seal verification={value} again={verification.reload} />}
      </Loaded>
      <div className="filters">
        <Search
          size="sm"
          labelText="Who"
          placeholder="Who, such as olga"
          value={who}
          onChange={({ target }) => setWho(target.value)}
        />
        <Search
          size="sm"
          labelText="Action"
          placeholder="Action, such as batch.pause"
          value={action}
          onChange={({ target }) => setAction(target.value)}
        />
        {query.objectId && (
          <Button kind="ghost" size="sm" onClick={() => filters.set({ objectId: undefined })}>
            only {query.objectId.slice(0, 8)} ✕
          </Button>
        )}
      </div>
      <Loaded data={page} lines={8}>
        {({ entries, next_cursor }) =>
          entries.length === 0 ? (
            <Empty title="No entry is like that">Write the whole name or action, as it stands in the list.</Empty>
          ) : (
            <>
              <DataTable
                label="Audit entries"
                rows={entries}
                keyOf={({ id }) => id}
                columns={[
                  { name: 'When', cell: ({ at }) => <Moment at={at} /> },
                  {
                    name: 'Who',
                    cell: ({ who: by, from }) => (
                      <span title={[by.roles.join(', '), from?.ip].filter(Boolean).join(' · ')}>
                        <strong>{by.name ?? by.subject}</strong> <span className="faint">{by.kind}</span>
                      </span>
                    ),
                  },
                  { name: 'What', cell: (entry) => entry.action },
                  { name: 'To', cell: (entry) => <ObjectLink object={entry.object} /> },
                  { name: 'Why', cell: ({ why }) => <span className="audit-why">{why}</span> },
                  { name: 'Change', cell: (entry) => <Change entry={entry} /> },
                ]}
              />
              <Pager next={next_cursor} shown={entries.length} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Seal({ verification, again }: { readonly verification: Verification; readonly again: () => void }) {
  const { verified, complete, checked, unsealed, anchors, head, problems } = verification;
  return (
    <Note tone={verified ? 'done' : 'failed'}>
      <p>
        <strong>{verified ? 'The chain holds.' : 'The chain is broken.'}</strong> {counted(checked, 'link')} looked at
        {complete ? ', from the first to the last' : ', not all of them'}, {counted(anchors, 'anchor')} outside of the
        database agree
        {unsealed > 0 && `, ${counted(unsealed, 'entry')} wait for their seal`}.
      </p>
      {head && (
        <p className="faint wrap-anywhere">
          Head: {count(head.sequence)} <code>{head.hash}</code>. Note it where nobody of the hub can change it.
        </p>
      )}
      {problems.map(({ kind, sequence, detail }) => (
        <p key={`${kind} ${sequence}`}>
          <strong>{kind}</strong> {sequence !== null && `at link ${sequence}`}: {detail}
        </p>
      ))}
      <Button kind="ghost" size="sm" onClick={again}>
        Verify again
      </Button>
    </Note>
  );
}

const places: Readonly<Record<string, string>> = {
  batch: '/batches',
  payment: '/payments',
  transfer: '/payments',
  incident: '/incidents',
  'process-instance': '/instances',
  webhook: '/webhooks',
  wallet: '/wallets',
  route: '/routes',
};

function ObjectLink({ object: { kind, id } }: { readonly object: Entry['object'] }) {
  const place = places[kind];
  const text = `${kind} ${id.length > 20 ? `${id.slice(0, 8)}…` : id}`;
  return place ? <Link to={`${place}/${encodeURIComponent(id)}`}>{text}</Link> : text;
}

/** Short ones stand in the line; an accepted batch has a page of them. */
function Change({ entry }: { readonly entry: Entry }) {
  const text = changeOf(entry);
  if (text.length < 60) return text;
  return (
    <details>
      <summary>{text.slice(0, 50)} …</summary>
      <span className="wrap-anywhere">{text}</span>
    </details>
  );
}

/** Fields that are not the same before and after. */
function changeOf({ before, after }: Entry): string {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names
    .filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]))
    .map((name) => `${name}: ${shown(before?.[name])} → ${shown(after?.[name])}`)
    .join('; ');
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
