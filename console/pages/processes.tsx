/** The models that the hub runs for this tenant, each version with what is in it. */
import { Link } from 'react-router';
import type { Process } from '../client/operation-types.ts';
import { useData } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { Moment } from '../parts/figures.tsx';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { DataTable } from '../parts/table.tsx';

export function Processes() {
  const processes = useData<{ readonly processes: readonly Process[] }>('/api/v1/processes', {
    on: ({ kind }) => kind === 'incident' || kind === 'batch',
    every: 15_000,
  });
  return (
    <>
      <PageHead title="Processes" lead="What is deployed, how many instances each version has, and where they are." />
      <Loaded data={processes} lines={8}>
        {(value) =>
          value.processes.length === 0 ? (
            <Empty title="No model is known yet">
              Models appear when they are deployed and monitoring has read of it.
            </Empty>
          ) : (
            <DataTable
              label="Models"
              rows={value.processes}
              keyOf={({ key }) => key}
              columns={[
                {
                  name: 'Process',
                  cell: ({ key, process_id }) => (
                    <Link className="strong-link" to={`/processes/${key}`}>
                      {process_id}
                    </Link>
                  ),
                },
                { name: 'Version', isNumber: true, cell: ({ version }) => version },
                { name: 'Active', isNumber: true, cell: ({ instances }) => count(instances.active) },
                { name: 'Completed', isNumber: true, cell: ({ instances }) => count(instances.completed) },
                { name: 'Terminated', isNumber: true, cell: ({ instances }) => count(instances.terminated) },
                {
                  name: 'Incidents',
                  isNumber: true,
                  cell: ({ incidents }) =>
                    incidents > 0 ? <State look={{ word: count(incidents), tone: 'failed' }} /> : '0',
                },
                { name: 'File', cell: ({ resource_name }) => resource_name },
                { name: 'Deployed', cell: ({ deployed_at }) => <Moment at={deployed_at} /> },
                { name: 'Versions', cell: (own) => <CompareLink own={own} all={value.processes} /> },
              ]}
            />
          )
        }
      </Loaded>
    </>
  );
}

function CompareLink({ own, all }: { readonly own: Process; readonly all: readonly Process[] }) {
  const before = all.find(({ process_id, version }) => process_id === own.process_id && version < own.version);
  return before ? (
    <Link to={`/processes/${own.key}?with=${before.key}`}>compare with version {before.version}</Link>
  ) : null;
}
