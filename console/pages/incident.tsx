/** One incident: what failed, why, where it stands in the model, what it holds up, and having it tried again. */
import { Button } from '@carbon/react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { send } from '../client/call.ts';
import type { Incident, InstanceDetail } from '../client/operation-types.ts';
import { useSession } from '../client/session.tsx';
import type { CommandTaken } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Diagram, useStepName } from '../parts/diagram.tsx';
import { Moment } from '../parts/figures.tsx';
import { Facts, Loaded, Note, PageHead, Section } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { BulkResolveDialog, Retries } from './resolve-dialog.tsx';

export function IncidentPage() {
  const { key = '' } = useParams();
  const on = ({ kind, data }: { readonly kind: string; readonly data: Readonly<Record<string, unknown>> }) =>
    kind === 'incident' && data.key === key;
  const incident = useData<Incident>(`/api/v1/incidents/${key}`, { on, every: 3_000 });
  const step = useStepName(incident.value?.model_key, incident.value?.element_id ?? '');
  return (
    <Loaded data={incident} lines={10}>
      {(value) => (
        <>
          <PageHead
            title={`Stuck at “${step}”`}
            crumbs={[{ to: '/incidents', text: 'Incidents' }]}
            mark={
              <State
                look={value.state === 'open' ? { word: 'open', tone: 'failed' } : { word: 'resolved', tone: 'done' }}
              />
            }
            lead={
              <>
                {value.process_id}, version {value.version} · since <Moment at={value.created_at} />
                {value.resolved_at && (
                  <>
                    , resolved <Moment at={value.resolved_at} />
                  </>
                )}
              </>
            }
            actions={value.state === 'open' && <Resolve incident={value} onDone={incident.reload} />}
          />
          <Note tone={value.state === 'open' ? 'failed' : 'done'}>
            <p>
              <strong className="wrap-anywhere">{value.message || value.error_type}</strong>
            </p>
            <p>{meaningOf(value)}</p>
          </Note>
          <Where incident={value} />
          <div className="columns">
            <Section title="It holds up">
              <Facts
                facts={[
                  value.batch_id
                    ? [
                        'Batch',
                        <Link key="b" to={`/batches/${value.batch_id}`}>
                          {value.batch_id}
                        </Link>,
                      ]
                    : undefined,
                  value.end_to_end_id
                    ? [
                        'Payment',
                        <Link key="p" to={`/payments/${value.end_to_end_id}`}>
                          {value.row === null ? value.end_to_end_id : `row ${value.row}`}
                        </Link>,
                      ]
                    : undefined,
                  value.rail ? ['Rail', value.rail] : undefined,
                  [
                    'Instance',
                    <Link key="i" to={`/instances/${value.process_instance_key}`}>
                      {value.process_instance_key}
                    </Link>,
                  ],
                  ['Step', <code key="s">{value.element_id}</code>],
                  value.job_type ? ['Job', <code key="j">{value.job_type}</code>] : undefined,
                  ['Kind', <code key="k">{value.error_type}</code>],
                ]}
              />
            </Section>
            <Past incidentKey={key} state={value.state} />
          </div>
        </>
      )}
    </Loaded>
  );
}

/** What Zeebe's word means for whoever must do something. */
function meaningOf({ error_type, job_type, state }: Incident): string {
  if (state === 'resolved') return 'It was tried again; should it fail again, that is a new incident.';
  const meanings: Readonly<Record<string, string>> = {
    JOB_NO_RETRIES: `The job ${job_type ?? ''} failed as often as it may. The message says why. Mend that, then have it tried again.`,
    UNHANDLED_ERROR_EVENT:
      'The step ended with an error that the model has no path for. Deploy a model that has one, or mend the cause and try again.',
    EXTRACT_VALUE_ERROR:
      'An expression of the model could not be worked out: a variable is missing or of another kind. Set it at the instance, then try again.',
    CONDITION_ERROR:
      'No way out of the gateway fits, or its condition cannot be worked out. Set the variable it reads at the instance, then try again.',
    IO_MAPPING_ERROR:
      'What goes into or out of the step cannot be worked out. Set the variable it reads at the instance, then try again.',
    CALLED_ELEMENT_ERROR: 'The process it calls is not deployed. Deploy it, then try again.',
    MESSAGE_SIZE_EXCEEDED: 'More was to be written than a record may hold.',
  };
  return meanings[error_type] ?? 'Mend what the message says, then have the step tried again.';
}

function Where({ incident }: { readonly incident: Incident }) {
  const { may } = useSession();
  const instance = useData<InstanceDetail>(
    may('processes.read') ? `/api/v1/process-instances/${incident.process_instance_key}` : null,
    { on: ({ kind }) => kind === 'incident', every: 5_000 },
  );
  return (
    <Diagram
      modelKey={incident.model_key}
      elements={instance.value?.elements ?? []}
      picked={incident.element_id}
      label={`Model ${incident.process_id} with the step that is stuck`}
    />
  );
}

function Past({ incidentKey, state }: { readonly incidentKey: string; readonly state: string }) {
  const commands = useData<{ readonly commands: readonly CommandTaken[] }>(
    `/api/v1/incidents/${incidentKey}/commands`,
    {
      on: ({ kind }) => kind === 'incident',
      every: state === 'open' ? 10_000 : undefined,
    },
  );
  return (
    <Section title="What people did about it">
      <Loaded data={commands} lines={2}>
        {(value) =>
          value.commands.length === 0 ? (
            <p className="faint">Nothing yet.</p>
          ) : (
            <ul className="tally">
              {value.commands.map(({ command, by, reason, given_at }) => (
                <li key={given_at}>
                  <span>
                    {command} by {by}: {reason}
                  </span>
                  <Moment at={given_at} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function Resolve({ incident, onDone }: { readonly incident: Incident; readonly onDone: () => void }) {
  const { may } = useSession();
  const [open, setOpen] = useState<'one' | 'all'>();
  const [retries, setRetries] = useState(3);
  if (!may('incidents.resolve')) return null;
  const close = (isDone: boolean) => {
    setOpen(undefined);
    if (isDone) onDone();
  };
  return (
    <>
      <Button size="sm" onClick={() => setOpen('one')}>
        Try again …
      </Button>
      <Button size="sm" kind="tertiary" onClick={() => setOpen('all')}>
        All of this cause …
      </Button>
      {open === 'all' && <BulkResolveDialog scope={{ cause: incident.cause }} close={close} />}
      {open === 'one' && (
        <CommandDialog
          close={close}
          command={{
            title: 'Have this step tried again?',
            verb: 'Try again',
            run: (reason) => send('POST', `/api/v1/incidents/${incident.key}/resolve`, { reason, retries }),
          }}
        >
          <p>
            <code>{incident.element_id}</code> is tried again and its process goes on. What was sent to a rail is asked
            about first, never sent twice.
          </p>
          <Retries value={retries} onChange={setRetries} />
        </CommandDialog>
      )}
    </>
  );
}
