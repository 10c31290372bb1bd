/** The batch's processes with what is on their elements now; a picked element tells its own story below. */
import { ContentSwitcher, Switch } from '@carbon/react';
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { Heat, Incident, Instance } from '../client/operation-types.ts';
import { useSession } from '../client/session.tsx';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { Diagram, useStepName } from '../parts/diagram.tsx';
import { Moment } from '../parts/figures.tsx';
import { Loaded, Note, Section } from '../parts/page.tsx';
import { InstanceState } from '../parts/state.tsx';
import { useFilters } from '../parts/table.tsx';

type Shown = { readonly processes: readonly Heat[] };

export function BatchDiagram({ batchId, isRunning }: { readonly batchId: string; readonly isRunning: boolean }) {
  const { may } = useSession();
  const filters = useFilters();
  const heat = useData<Shown>(may('processes.read') ? `/api/v1/batches/${batchId}/heat` : null, {
    on: ({ data, kind }) => data.batch_id === batchId || kind === 'incident',
    every: (value) => (isRunning || hasTokens(value as Shown | undefined) ? 1_500 : undefined),
  });
  if (!may('processes.read')) return null;
  return (
    <Section title="Process" aside={<Chooser processes={heat.value?.processes ?? []} />}>
      <Loaded data={heat} lines={5}>
        {({ processes }) => {
          const shown = pickedOf(processes, filters.get('model'));
          if (!shown) {
            return (
              <p className="faint">
                {isRunning
                  ? 'The process has not started yet, or monitoring is a moment behind.'
                  : 'What was kept of this batch’s process has been removed; its payments stay below.'}
              </p>
            );
          }
          return (
            <>
              <Diagram
                modelKey={shown.key}
                elements={shown.elements}
                picked={filters.get('step') || undefined}
                onPick={(id) => filters.set({ step: filters.get('step') === id ? undefined : id, model: shown.key })}
                label={`Model ${shown.process_id} with where this batch is`}
              />
              {filters.get('step') && <StepStory batchId={batchId} heat={shown} step={filters.get('step')} />}
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

/** Monitoring is a moment behind the books: a batch that has ended may still be seen to move. */
function hasTokens(value: Shown | undefined): boolean {
  return value?.processes.some(({ instances }) => instances.active > 0) ?? false;
}

/** The batch's own process first; those of its sub-batches and payments after it. */
function inOrder(processes: readonly Heat[]): readonly Heat[] {
  const rank = ({ process_id }: Heat) => (process_id.startsWith('bulk-transfer') ? 0 : 1);
  return [...processes].sort(
    (a, b) => rank(a) - rank(b) || a.process_id.localeCompare(b.process_id) || b.version - a.version,
  );
}

function pickedOf(processes: readonly Heat[], key: string): Heat | undefined {
  return processes.find((heat) => heat.key === key) ?? inOrder(processes)[0];
}

function Chooser({ processes }: { readonly processes: readonly Heat[] }) {
  const filters = useFilters();
  if (processes.length < 2) return null;
  const shown = pickedOf(processes, filters.get('model'));
  const ordered = inOrder(processes);
  return (
    <ContentSwitcher
      size="sm"
      selectedIndex={ordered.findIndex(({ key }) => key === shown?.key)}
      onChange={({ name }) => filters.set({ model: String(name), step: undefined })}
    >
      {ordered.map(({ key, process_id, instances, incidents }) => (
        <Switch
          key={key}
          name={key}
          text={`${process_id} ${instances.active > 0 ? `● ${count(instances.active)}` : ''}${incidents > 0 ? ` ⚠ ${count(incidents)}` : ''}`}
        />
      ))}
    </ContentSwitcher>
  );
}

/** What is in one element now, what went through it, and what is wrong there. */
function StepStory({ batchId, heat, step }: { readonly batchId: string; readonly heat: Heat; readonly step: string }) {
  const { may } = useSession();
  const name = useStepName(heat.key, step);
  const here = heat.elements.find(({ element_id }) => element_id === step);
  const incidents = useData<Page<'incidents', Incident>>(
    may('incidents.read') ? withQuery('/api/v1/incidents', { batch: batchId, state: 'open', limit: 200 }) : null,
    { on: ({ kind }) => kind === 'incident' },
  );
  const stuck =
    incidents.value?.incidents.filter(({ element_id, model_key }) => element_id === step && model_key === heat.key) ??
    [];
  const instances = useData<Page<'process_instances', Instance>>(
    withQuery('/api/v1/process-instances', {
      batch: batchId,
      process: heat.process_id,
      version: heat.version,
      limit: 5,
      state: here && here.active > 0 ? 'active' : undefined,
    }),
  );
  return (
    <div className="card section" aria-live="polite">
      <p>
        <strong>{name}</strong>:{' '}
        {here ? `${count(here.active)} here now, ${count(here.completed)} passed` : 'nothing has been here yet'}
        {here && here.terminated > 0 && `, ${count(here.terminated)} ended here early`}
      </p>
      {stuck.slice(0, 5).map((incident) => (
        <Note key={incident.key} tone="failed">
          <Link to={`/incidents/${incident.key}`}>{incident.error_type}</Link>{' '}
          <span className="wrap-anywhere">{incident.message}</span>
        </Note>
      ))}
      {stuck.length > 5 && <Link to={`/incidents?batch=${batchId}`}>all {counted(stuck.length, 'incident')}</Link>}
      <ul>
        {instances.value?.process_instances.map((instance) => (
          <li key={instance.key} className="row-line">
            <Link to={`/instances/${instance.key}?step=${step}`}>{instance.key}</Link>
            <InstanceState {...instance} />
            {instance.row !== null && <span>row {instance.row}</span>}
            <Moment at={instance.started_at} />
          </li>
        ))}
      </ul>
    </div>
  );
}
