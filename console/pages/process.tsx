/** One version of a model with its heat, its instances, and another version beside it to compare with. */
import { Select, SelectItem } from '@carbon/react';
import { useMemo } from 'react';
import { Link, useParams } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { Heat, Instance, Process } from '../client/operation-types.ts';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { type Difference, differenceOf } from '../format/model-difference.ts';
import { stepNamesOf } from '../format/step-names.ts';
import { Diagram, useStepName } from '../parts/diagram.tsx';
import { Moment } from '../parts/figures.tsx';
import { Loaded, PageHead, Section } from '../parts/page.tsx';
import { InstanceState } from '../parts/state.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';

export function ProcessPage() {
  const { key = '' } = useParams();
  const filters = useFilters();
  const heat = useHeat(key);
  const all = useData<{ readonly processes: readonly Process[] }>('/api/v1/processes');
  const others = (all.value?.processes ?? []).filter(
    (each) => each.key !== key && each.process_id === heat.value?.process_id,
  );
  const other = filters.get('with');
  return (
    <Loaded data={heat} lines={10}>
      {(value) => (
        <>
          <PageHead
            title={`${value.process_id}, version ${value.version}`}
            crumbs={[{ to: '/processes', text: 'Processes' }]}
            lead={`${count(value.instances.active)} active, ${count(value.instances.completed)} completed, ${count(value.instances.terminated)} terminated, ${counted(value.incidents, 'open incident')}`}
            actions={
              others.length > 0 && (
                <Select
                  id="with"
                  size="sm"
                  labelText="Beside it"
                  value={other}
                  onChange={({ target }) => filters.set({ with: target.value, step: undefined })}
                >
                  <SelectItem value="" text="no other version" />
                  {others.map((each) => (
                    <SelectItem key={each.key} value={each.key} text={`version ${each.version}`} />
                  ))}
                </Select>
              )
            }
          />
          {other ? <SideBySide own={value} otherKey={other} /> : <One heat={value} />}
          <Instances heat={value} />
        </>
      )}
    </Loaded>
  );
}

function useHeat(key: string | null) {
  return useData<Heat>(key && `/api/v1/processes/${key}/heat`, {
    on: ({ kind }) => kind === 'incident' || kind === 'batch',
    every: 5_000,
  });
}

function One({ heat }: { readonly heat: Heat }) {
  const filters = useFilters();
  const step = filters.get('step');
  const name = useStepName(heat.key, step);
  const here = heat.elements.find(({ element_id }) => element_id === step);
  return (
    <Section title="Where its instances are">
      <Diagram
        isTall
        modelKey={heat.key}
        elements={heat.elements}
        picked={step || undefined}
        onPick={(id) => filters.set({ step: id === step ? undefined : id })}
        label={`Model ${heat.process_id}, version ${heat.version}, with its heat`}
      />
      {step && (
        <p className="section" aria-live="polite">
          <strong>{name}</strong>:{' '}
          {here
            ? `${count(here.active)} here now, ${count(here.completed)} passed, ${count(here.terminated)} ended here early, ${counted(here.incidents, 'open incident')}`
            : 'nothing has been here yet'}
        </p>
      )}
    </Section>
  );
}

function SideBySide({ own, otherKey }: { readonly own: Heat; readonly otherKey: string }) {
  const other = useHeat(otherKey);
  const ownXml = useData<string>(`/api/v1/processes/${own.key}/model`, { isText: true });
  const otherXml = useData<string>(`/api/v1/processes/${otherKey}/model`, { isText: true });
  const [first, second] = [ownXml.value, otherXml.value];
  const difference = useMemo(() => (first && second ? differenceOf(first, second) : undefined), [first, second]);
  return (
    <Loaded data={other}>
      {(value) => (
        <>
          <div className="side-by-side">
            <Section title={`Version ${own.version}`}>
              <Diagram
                modelKey={own.key}
                elements={own.elements}
                onlyHere={difference?.first}
                changed={difference?.changed}
                label={`Version ${own.version}`}
              />
            </Section>
            <Section title={`Version ${value.version}`}>
              <Diagram
                modelKey={value.key}
                elements={value.elements}
                onlyHere={difference?.second}
                changed={difference?.changed}
                label={`Version ${value.version}`}
              />
            </Section>
          </div>
          {difference && first && second && (
            <DifferenceText difference={difference} versions={[own.version, value.version]} xmls={[first, second]} />
          )}
        </>
      )}
    </Loaded>
  );
}

/** By the names that the modeler gave; of a step that has two names, the one of the newer version. */
function DifferenceText({
  difference: { first, second, changed },
  versions,
  xmls,
}: {
  readonly difference: Difference;
  readonly versions: readonly [number, number];
  readonly xmls: readonly [string, string];
}) {
  const names = xmls.map(stepNamesOf);
  const newer = versions[0] > versions[1] ? 0 : 1;
  const listed = (ids: readonly string[], which: number) =>
    ids.length === 0 ? 'nothing' : ids.map((id) => names[which]!.get(id) ?? id).join(', ');
  if (first.length + second.length + changed.length === 0) {
    return <p>Both have the same elements, with the same names, jobs and conditions.</p>;
  }
  return (
    <ul>
      <li>
        Changed: {listed(changed, newer)}
        {changed.length > 0 && <span className="faint"> (a yellow line)</span>}
      </li>
      <li>
        Only in version {versions[0]}: {listed(first, 0)}
      </li>
      <li>
        Only in version {versions[1]}: {listed(second, 1)}
        {first.length + second.length > 0 && <span className="faint"> (a violet, dashed line)</span>}
      </li>
    </ul>
  );
}

const states = ['active', 'completed', 'terminated'];

function Instances({ heat }: { readonly heat: Heat }) {
  const filters = useFilters();
  const query = {
    process: heat.process_id,
    version: heat.version,
    state: filters.get('state'),
    cursor: filters.get('cursor'),
    limit: 25,
  };
  const page = useData<Page<'process_instances', Instance>>(withQuery('/api/v1/process-instances', query), {
    every: 5_000,
  });
  return (
    <Section
      title="Instances"
      aside={
        <Select
          id="state"
          size="sm"
          hideLabel
          labelText="State"
          value={query.state}
          onChange={({ target }) => filters.set({ state: target.value })}
        >
          <SelectItem value="" text="every state" />
          {states.map((state) => (
            <SelectItem key={state} value={state} text={state} />
          ))}
        </Select>
      }
    >
      <Loaded data={page}>
        {(value) => (
          <>
            <InstanceTable instances={value.process_instances} />
            <Pager next={value.next_cursor} shown={value.process_instances.length} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

export function InstanceTable({ instances }: { readonly instances: readonly Instance[] }) {
  if (instances.length === 0) return <p className="faint">No instance is like that.</p>;
  return (
    <DataTable
      label="Instances"
      rows={instances}
      keyOf={({ key }) => key}
      columns={[
        { name: 'Instance', cell: ({ key }) => <Link to={`/instances/${key}`}>{key}</Link> },
        { name: 'State', cell: (each) => <InstanceState {...each} /> },
        {
          name: 'Batch',
          cell: ({ batch_id }) => batch_id && <Link to={`/batches/${batch_id}`}>{batch_id.slice(0, 8)}</Link>,
        },
        { name: 'Row', isNumber: true, cell: ({ row }) => row },
        { name: 'Rail', cell: ({ rail }) => rail },
        { name: 'Started', cell: ({ started_at }) => <Moment at={started_at} /> },
        { name: 'Ended', cell: ({ ended_at }) => <Moment at={ended_at} /> },
      ]}
    />
  );
}
