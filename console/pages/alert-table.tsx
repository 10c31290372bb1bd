/** Alerts in a table, each with a way to its cause; on the first page the open ones. */
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import { useData } from '../client/use-data.ts';
import type { Alert, AlertKind } from '../client/webhook-types.ts';
import { count } from '../format/amount.ts';
import { Age, Moment } from '../parts/figures.tsx';
import { Section } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { DataTable } from '../parts/table.tsx';

export const alertStates = ['open', 'closed', 'all'] as const;

type Meaning = { readonly text: string; readonly cure: string; readonly to: (subject: string) => string };

/** docs/operating.md says the same at length. A hub that is newer than this page may know more kinds. */
const meanings: Readonly<Record<AlertKind, Meaning>> & Readonly<Record<string, Meaning | undefined>> = {
  'batch-stalled': {
    text: 'A batch does not move',
    cure: 'See at which step it hangs, and whether that step has an incident.',
    to: (batch) => `/batches/${batch}`,
  },
  'unknowns-old': {
    text: 'Payments are unknown for long',
    cure: 'Ask the rail’s operator by end-to-end id; never send them in a new batch.',
    to: (rail) => `/unknowns?rail=${encodeURIComponent(rail)}`,
  },
  'circuit-open': {
    text: 'A rail is away',
    cure: 'Talk to its operator. Nothing is lost; other rails do not notice.',
    to: () => '/rails',
  },
  'books-unbalanced': {
    text: 'A batch’s books do not add up',
    cure: 'Keep everything as it is; compare with the rail’s own statement.',
    to: (batch) => `/batches/${batch}`,
  },
  'audit-broken': {
    text: 'The audit’s chain does not hold',
    cure: 'Somebody who does not administer the database looks into it.',
    to: () => '/audit',
  },
  'outbox-old': {
    text: 'Messages wait to be told',
    cure: 'Whoever runs the hub looks whether Zeebe, Kafka or receivers are away.',
    to: () => '/webhooks?state=pending',
  },
};

/** On the first page: only where there is something to say. */
export function OpenAlerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  if (alerts.length === 0) return null;
  return (
    <Section title="Alerts" aside={<Link to="/alerts?state=all">All alerts</Link>}>
      <AlertTable alerts={alerts} />
    </Section>
  );
}

/** Nothing for whoever may not see them. */
export function useOpenAlerts(): readonly Alert[] {
  const { may } = useSession();
  return useAlerts(may('alerts.read') ? 'open' : null).value?.alerts ?? [];
}

export function useAlerts(state: (typeof alertStates)[number] | null) {
  return useData<{ readonly alerts: readonly Alert[] }>(state && withQuery('/api/v1/alerts', { state }), {
    every: 5_000,
  });
}

export function AlertTable({ alerts }: { readonly alerts: readonly Alert[] }) {
  return (
    <DataTable
      label="Alerts"
      rows={alerts}
      keyOf={({ kind, of, subject }) => `${kind} ${of} ${subject}`}
      columns={[
        {
          name: 'State',
          cell: ({ state }) => <State look={{ word: state, tone: state === 'open' ? 'failed' : 'done' }} />,
        },
        { name: 'What', cell: (alert) => <Cause alert={alert} /> },
        { name: 'As it was found', cell: ({ detail }) => <span className="wrap-anywhere">{detail}</span> },
        { name: 'What to do', cell: ({ kind }) => <span className="faint">{meanings[kind]?.cure}</span> },
        { name: 'Of', cell: ({ of }) => (of === 'hub' ? 'the whole hub' : 'this tenant') },
        { name: 'Times', isNumber: true, cell: ({ times }) => count(times) },
        { name: 'Opened', cell: ({ opened_at }) => <Moment at={opened_at} /> },
        { name: 'Closed', cell: (alert) => <Lasting alert={alert} /> },
      ]}
    />
  );
}

function Cause({ alert: { kind, subject } }: { readonly alert: Alert }) {
  const meaning = meanings[kind];
  if (!meaning) return `${kind}: ${subject}`;
  return (
    <Link className="strong-link" to={meaning.to(subject)}>
      {meaning.text}
    </Link>
  );
}

function Lasting({ alert: { opened_at, closed_at } }: { readonly alert: Alert }) {
  if (closed_at !== null) return <Moment at={closed_at} />;
  return (
    <span className="faint no-wrap">
      open for <Age since={opened_at} />
    </span>
  );
}
