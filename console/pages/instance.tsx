/** One process instance: where it is, how it came there, what failed on the way, and what can be done about it. */
import { Button, TextInput } from '@carbon/react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { send } from '../client/call.ts';
import type { ElementLife, InstanceDetail } from '../client/operation-types.ts';
import { useSession } from '../client/session.tsx';
import { useData } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { duration } from '../format/time.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Diagram } from '../parts/diagram.tsx';
import { Moment } from '../parts/figures.tsx';
import { Facts, Loaded, Note, PageHead, Section } from '../parts/page.tsx';
import { InstanceState } from '../parts/state.tsx';
import { DataTable, useFilters } from '../parts/table.tsx';

export function InstancePage() {
  const { key = '' } = useParams();
  const filters = useFilters();
  const instance = useData<InstanceDetail>(`/api/v1/process-instances/${key}`, {
    on: ({ kind }) => kind === 'incident' || kind === 'batch',
    every: 3_000,
  });
  return (
    <Loaded data={instance} lines={10}>
      {(value) => (
        <>
          <PageHead
            title={`${value.process_id} ${key}`}
            crumbs={[
              { to: '/processes', text: 'Processes' },
              { to: `/processes/${value.model_key}`, text: `${value.process_id}, version ${value.version}` },
            ]}
            mark={<InstanceState {...value} />}
            lead={
              <>
                started <Moment at={value.started_at} />
                {value.ended_at && (
                  <>
                    , ended <Moment at={value.ended_at} /> after{' '}
                    {duration((Date.parse(value.ended_at) - Date.parse(value.started_at)) / 1_000)}
                  </>
                )}
              </>
            }
            actions={value.state === 'active' && <Commands instance={value} onDone={instance.reload} />}
          />
          {value.open_incidents.map((incident) => (
            <Note key={incident.key} tone="failed">
              <strong>
                Stuck at {incident.element_id}: <Link to={`/incidents/${incident.key}`}>{incident.error_type}</Link>
              </strong>
              <p className="wrap-anywhere">{incident.message}</p>
            </Note>
          ))}
          <Diagram
            modelKey={value.model_key}
            elements={value.elements}
            picked={filters.get('step') || undefined}
            onPick={(id) => filters.set({ step: filters.get('step') === id ? undefined : id })}
            label={`Model ${value.process_id} with where this instance is`}
          />
          <div className="columns">
            <Section title="Steps">
              <Steps elements={value.elements} picked={filters.get('step')} />
            </Section>
            <Section title="It works for">
              <Belongs instance={value} />
            </Section>
          </div>
        </>
      )}
    </Loaded>
  );
}

function Belongs({ instance }: { readonly instance: InstanceDetail }) {
  const { batch_id, end_to_end_id, row, rail, sub_batch_id, parent } = instance;
  return (
    <Facts
      facts={[
        batch_id
          ? [
              'Batch',
              <Link key="b" to={row === null && end_to_end_id ? `/payments/${batch_id}` : `/batches/${batch_id}`}>
                {batch_id}
              </Link>,
            ]
          : undefined,
        end_to_end_id
          ? [
              'Payment',
              <Link key="p" to={`/payments/${end_to_end_id}`}>
                {end_to_end_id}
              </Link>,
            ]
          : undefined,
        row !== null && ['Row', count(row)],
        rail !== null && ['Rail', rail],
        sub_batch_id !== null && ['Sub-batch', sub_batch_id],
        parent !== null && [
          'Called by',
          <Link key="c" to={`/instances/${parent}`}>
            {parent}
          </Link>,
        ],
      ]}
    />
  );
}

function Steps({ elements, picked }: { readonly elements: readonly ElementLife[]; readonly picked: string }) {
  const shown = elements.filter(
    ({ type, element_id }) => !/SEQUENCE_FLOW|^PROCESS$/.test(type) && (!picked || element_id === picked),
  );
  return (
    <DataTable
      label="Steps"
      rows={shown}
      keyOf={({ element_id }) => element_id}
      columns={[
        { name: 'Step', cell: ({ element_id }) => element_id },
        {
          name: 'State',
          cell: ({ active, incidents, terminated }) => (
            <InstanceState
              state={active > 0 ? 'active' : terminated > 0 ? 'terminated' : 'completed'}
              incidents={incidents}
            />
          ),
        },
        { name: 'Times', isNumber: true, cell: (each) => count(each.active + each.completed + each.terminated) },
        { name: 'Entered', cell: ({ first_at }) => <Moment at={first_at} /> },
        {
          name: 'Failures',
          cell: ({ failures, last_failure }) =>
            failures === 0 ? (
              '0'
            ) : (
              <span
                className="cut"
                title={last_failure?.message}
              >{`${count(failures)}: ${last_failure?.message ?? 'put off'}`}</span>
            ),
        },
      ]}
    />
  );
}

function Commands({ instance, onDone }: { readonly instance: InstanceDetail; readonly onDone: () => void }) {
  const { may } = useSession();
  const [open, setOpen] = useState<'cancel' | 'variable'>();
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  if (!may('processes.command') && !may('incidents.resolve')) return null;
  const close = (isDone: boolean) => {
    setOpen(undefined);
    if (isDone) onDone();
  };
  const value = jsonIn(text);
  return (
    <>
      <Button size="sm" kind="tertiary" onClick={() => setOpen('variable')}>
        Set a variable …
      </Button>
      <Button size="sm" kind="danger--tertiary" onClick={() => setOpen('cancel')}>
        Cancel the instance …
      </Button>
      {open === 'cancel' && (
        <CommandDialog
          close={close}
          command={{
            title: 'Cancel this process instance?',
            verb: 'Cancel the instance',
            isDangerous: true,
            run: (reason) => send('POST', `/api/v1/process-instances/${instance.key}/cancel`, { reason }),
          }}
        >
          <p>
            The process ends where it is, and nothing that stands after it in the model is done: no result file, no
            acknowledgement. Payments keep what the books say. To stop a batch’s payments, cancel the batch instead.
          </p>
        </CommandDialog>
      )}
      {open === 'variable' && (
        <CommandDialog
          close={close}
          command={{
            title: 'Set a variable of this instance?',
            verb: 'Set it',
            isPossible: /^[A-Za-z]\w*$/.test(name) && value.isGood,
            run: (reason) =>
              send('POST', `/api/v1/process-instances/${instance.key}/variables`, {
                variables: { [name]: value.value },
                reason,
              }),
          }}
        >
          <p className="faint">
            Gateways and expressions after it read the new value. A stuck step reads it when its incident is resolved.
          </p>
          <TextInput
            id="variable-name"
            labelText="Name"
            value={name}
            onChange={({ target }) => setName(target.value.trim())}
          />
          <TextInput
            id="variable-value"
            labelText="Value, as JSON"
            helperText='Such as true, 42, "text" or ["a","b"]'
            invalid={text !== '' && !value.isGood}
            invalidText="This is no JSON: text stands in double quotes."
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </CommandDialog>
      )}
    </>
  );
}

function jsonIn(text: string): { readonly isGood: boolean; readonly value?: unknown } {
  try {
    return { isGood: true, value: JSON.parse(text) };
  } catch {
    return { isGood: false };
  }
}
