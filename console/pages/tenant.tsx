/** The tenant's own settings: which stages its batches go through, and where news of them goes. */
import { Button, TextInput, Toggle } from '@carbon/react';
import { useState } from 'react';
import { type Problem, send } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import { type Data, problemOf, useData } from '../client/use-data.ts';
import { Facts, Loaded, Note, PageHead, ProblemNote, Section } from '../parts/page.tsx';
import { WebhookAddresses } from './webhook-addresses.tsx';

type Switches = Readonly<Record<string, boolean | string | number | readonly string[]>>;

const explanations: Readonly<Record<string, string>> = {
  'validation.allOrNothing': 'One bad row refuses the whole file',
  'deduplication.enable': 'Refuse later rows that equal a row before them',
  'deduplication.fields': 'Columns that make two rows equal, by commas',
  'partylookup.enable': 'Ask each payee’s rail before anything is sent',
  'budget.enable': 'The total is held in the budget of the programme',
  'approval.enable': 'A second person decides on each batch',
  'approval.deadline': 'Refused by itself after',
  'ordering.enable': 'Pay in the order of a column',
  'ordering.field': 'That column',
  'formatting.enable': 'Write the rows in a standard format too',
  'formatting.standard': 'DEFAULT or GSMA',
  'splitting.enable': 'Split large batches',
  'splitting.by-institution': 'A sub-batch per institution of the payees',
  'splitting.sub-batch-size': 'Rows per sub-batch',
  'success-threshold-check.enable': 'Say when too few rows were paid',
  'success-threshold-check.success-rate': 'Percent that must be paid',
  'mergeback.enable': 'Write the result file',
  'acknowledgement.enable': 'Tell the sender’s callback address',
  'notification.enable': 'Tell the tenant’s notification address',
  'settlement.deadline': 'Close with pending rows after',
};

export function TenantPage() {
  const { me } = useSession();
  const id = me.tenant?.id ?? '';
  const switches = useData<Switches>(`/api/v1/tenants/${id}/switches`);
  const transfers = useData<{ readonly payment_mode: string | null }>(`/api/v1/tenants/${id}/transfers`);
  return (
    <>
      <PageHead
        title={me.tenant?.name ?? 'Tenant'}
        lead={<>What batches of {id} go through. Batches under way keep what they were accepted with.</>}
      />
      <Loaded data={switches} lines={10}>
        {(value) => <SwitchForm key={JSON.stringify(value)} id={id} value={value} data={switches} />}
      </Loaded>
      <WebhookAddresses tenant={id} />
      <Section title="Single payments">
        <Facts
          facts={[
            [
              'Single payments without a rail take',
              transfers.value
                ? (transfers.value.payment_mode ?? 'the only rail that fits')
                : (transfers.problem?.detail ?? '…'),
            ],
          ]}
        />
      </Section>
    </>
  );
}

function SwitchForm({
  id,
  value,
  data,
}: {
  readonly id: string;
  readonly value: Switches;
  readonly data: Data<Switches>;
}) {
  const { may } = useSession();
  const [draft, setDraft] = useState(value);
  const [problem, setProblem] = useState<Problem>();
  const [isSaved, setSaved] = useState(false);
  const mayWrite = may('settings.write');
  const changed = Object.keys(draft).filter((name) => JSON.stringify(draft[name]) !== JSON.stringify(value[name]));
  const set = (name: string, next: Switches[string]) => {
    setSaved(false);
    setDraft({ ...draft, [name]: next });
  };
  const save = async () => {
    setProblem(undefined);
    try {
      await send('PUT', `/api/v1/tenants/${id}/switches`, draft);
      setSaved(true);
      data.reload();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <Section title="Stages of a batch">
      {!mayWrite && <p className="faint fresh">You see them; changing them belongs to the role admin.</p>}
      <div className="switch-list">
        {Object.entries(draft).map(([name, own]) => (
          <Field key={name} name={name} value={own} isLocked={!mayWrite} onChange={(next) => set(name, next)} />
        ))}
      </div>
      {problem && <ProblemNote problem={problem} />}
      {mayWrite && (
        <div className="section row-line">
          <Button size="sm" disabled={changed.length === 0} onClick={() => void save()}>
            Set them
          </Button>
          <span className="faint">{changed.length > 0 ? `changed: ${changed.join(', ')}` : 'nothing changed'}</span>
          {isSaved && <Note tone="done">They are set: the next batch gets them.</Note>}
        </div>
      )}
    </Section>
  );
}

function Field({
  name,
  value,
  isLocked,
  onChange,
}: {
  readonly name: string;
  readonly value: Switches[string];
  readonly isLocked: boolean;
  readonly onChange: (value: Switches[string]) => void;
}) {
  const label = explanations[name] ?? name;
  if (typeof value === 'boolean') {
    return (
      <Toggle
        id={name}
        size="sm"
        labelText={label}
        labelA={`${name}: off`}
        labelB={`${name}: on`}
        toggled={value}
        disabled={isLocked}
        onToggle={onChange}
      />
    );
  }
  const read = (text: string): Switches[string] => {
    if (typeof value === 'number') return Number.isFinite(Number(text)) ? Number(text) : value;
    return Array.isArray(value) ? text.split(',').map((each) => each.trim()) : text;
  };
  return (
    <TextInput
      id={name}
      size="sm"
      labelText={label}
      helperText={name}
      value={Array.isArray(value) ? value.join(',') : String(value)}
      readOnly={isLocked}
      onChange={({ target }) => onChange(read(target.value))}
    />
  );
}
