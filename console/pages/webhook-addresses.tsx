/** Where the tenant is told: its two addresses, set after it was shown what changes, and the secret that signs what is sent there. */
import { Button, Select, SelectItem, TextInput } from '@carbon/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { send } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import { useData } from '../client/use-data.ts';
import type { NewSecret, WebhookSettings } from '../client/webhook-types.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Moment } from '../parts/figures.tsx';
import { Facts, Loaded, Note, Section } from '../parts/page.tsx';

const names = ['notification_url', 'alert_url'] as const;
type Addresses = Readonly<Record<(typeof names)[number], string | null>>;
const labels: Addresses = {
  notification_url: 'Notifications of batches go to',
  alert_url: 'Alerts go to',
};

export function WebhookAddresses({ tenant }: { readonly tenant: string }) {
  const { may } = useSession();
  const settings = useData<WebhookSettings>(`/api/v1/tenants/${tenant}/webhooks`);
  return (
    <div id="addresses">
      <Section
        title="Addresses and their secret"
        aside={may('webhooks.read') && <Link to="/webhooks">What was told there</Link>}
      >
        <Loaded data={settings} lines={4}>
          {(value) => (
            <div className="stack">
              <AddressForm
                key={JSON.stringify(names.map((name) => value[name]))}
                tenant={tenant}
                value={value}
                onDone={settings.reload}
              />
              <Secret tenant={tenant} settings={value} onDone={settings.reload} />
            </div>
          )}
        </Loaded>
      </Section>
    </div>
  );
}

type FormProps = { readonly tenant: string; readonly value: Addresses; readonly onDone: () => void };

function AddressForm({ tenant, value, onDone }: FormProps) {
  const { may } = useSession();
  const [draft, setDraft] = useState<Addresses>(value);
  const [isOpen, setOpen] = useState(false);
  const mayWrite = may('settings.write');
  const changed = names.filter((name) => draft[name] !== value[name]);
  return (
    <>
      <div className="switch-list">
        {names.map((name) => (
          <TextInput
            key={name}
            id={name}
            size="sm"
            labelText={labels[name]}
            helperText="An https address of yours; empty: nowhere."
            value={draft[name] ?? ''}
            readOnly={!mayWrite}
            onChange={({ target }) => setDraft({ ...draft, [name]: target.value.trim() || null })}
          />
        ))}
      </div>
      {mayWrite && (
        <div className="row-line">
          <Button size="sm" disabled={changed.length === 0} onClick={() => setOpen(true)}>
            Set the addresses …
          </Button>
          <span className="faint">{changed.length > 0 ? `changed: ${changed.join(', ')}` : 'no address changed'}</span>
        </div>
      )}
      {isOpen && (
        <CommandDialog
          close={(isDone) => {
            setOpen(false);
            if (isDone) onDone();
          }}
          command={{
            title: 'Tell these addresses from now on?',
            verb: 'Set them',
            reason: 'none',
            // Both, so that neither is lost.
            run: () =>
              send(
                'PUT',
                `/api/v1/tenants/${tenant}/webhooks`,
                Object.fromEntries(names.map((name) => [name, draft[name]])),
              ),
          }}
        >
          {changed.map((name) => (
            <Change key={name} label={labels[name] ?? name} before={value[name]} after={draft[name]} />
          ))}
          <p className="faint">
            What still waits to be heard goes where it was going. Send a given-up notification again, and it goes to the
            new address.
          </p>
        </CommandDialog>
      )}
    </>
  );
}

function Change({
  label,
  before,
  after,
}: {
  readonly label: string;
  readonly before: string | null;
  readonly after: string | null;
}) {
  return (
    <Note tone={after === null ? 'partly' : 'running'}>
      <p>
        <strong>{label}</strong>
      </p>
      <p className="wrap-anywhere">
        <span className="faint">was</span> {before ?? 'nowhere'}
      </p>
      <p className="wrap-anywhere">
        <span className="faint">will be</span> {after ?? 'nowhere'}
      </p>
    </Note>
  );
}

function Secret({
  tenant,
  settings: { signing_secret, also_valid },
  onDone,
}: {
  readonly tenant: string;
  readonly settings: WebhookSettings;
  readonly onDone: () => void;
}) {
  const { may } = useSession();
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<NewSecret>();
  return (
    <>
      <Facts
        facts={[
          [
            'Signed with the secret',
            <span key="secret">
              <code>{signing_secret.ends_with}</code>
              {signing_secret.since && (
                <>
                  {' '}
                  since <Moment at={signing_secret.since} />
                </>
              )}
            </span>,
          ],
          also_valid !== null && [
            'And with the one before',
            <span key="before">
              <code>{also_valid.ends_with}</code> until <Moment at={also_valid.until} />
            </span>,
          ],
        ]}
      />
      {may('webhooks.rotate') && (
        <div className="row-line">
          <Button size="sm" kind="tertiary" onClick={() => setOpen(true)}>
            Make a new secret …
          </Button>
          <span className="faint">Receivers know by it that a message is ours.</span>
        </div>
      )}
      {isOpen && (
        <RotateDialog
          tenant={tenant}
          before={also_valid}
          onMade={setMade}
          close={(isDone) => {
            setOpen(false);
            if (isDone) onDone();
          }}
        />
      )}
      {made && <SecretDialog made={made} close={() => setMade(undefined)} />}
    </>
  );
}

const overlaps: Readonly<Record<string, string>> = {
  '24h': 'both sign for 24 hours',
  '7d': 'both sign for 7 days',
  '30d': 'both sign for 30 days',
  '0s': 'the old one ends at once: it got out',
};

function RotateDialog({
  tenant,
  before,
  onMade,
  close,
}: {
  readonly tenant: string;
  readonly before: WebhookSettings['also_valid'];
  readonly onMade: (secret: NewSecret) => void;
  readonly close: (isDone: boolean) => void;
}) {
  const [overlap, setOverlap] = useState(before ? '0s' : '24h');
  return (
    <CommandDialog
      close={close}
      command={{
        title: 'Make a new secret?',
        verb: 'Make it',
        isDangerous: overlap === '0s',
        reason: 'none',
        async run() {
          onMade(await send<NewSecret>('POST', `/api/v1/tenants/${tenant}/webhooks/secret`, { overlap }));
        },
      }}
    >
      <p>It is shown once, here. Have at hand whoever puts it into the receivers.</p>
      {before ? (
        <Note tone="partly">
          A secret before it signs until <Moment at={before.until} />: a third one can be made after that, or both can
          be ended now. Receivers then refuse what is sent until they know the new one.
        </Note>
      ) : (
        <Select
          id="overlap"
          labelText="The secret that they have"
          value={overlap}
          onChange={({ target }) => setOverlap(target.value)}
        >
          {Object.entries(overlaps).map(([value, text]) => (
            <SelectItem key={value} value={value} text={text} />
          ))}
        </Select>
      )}
      {overlap === '0s' && !before && (
        <Note tone="failed">Receivers refuse what is sent until they know the new one. It is tried for 24 hours.</Note>
      )}
    </CommandDialog>
  );
}

/** Nothing shows it again. */
function SecretDialog({ made, close }: { readonly made: NewSecret; readonly close: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(made.signing_secret).then(() => setCopied(true));
  return (
    <CommandDialog
      close={close}
      command={{
        title: 'The new secret',
        verb: 'It is kept',
        reason: 'none',
        isNews: true,
        run: async () => undefined,
      }}
    >
      <p>
        <code className="secret">{made.signing_secret}</code>
      </p>
      {navigator.clipboard && (
        <div className="row-line">
          <Button size="sm" kind="tertiary" onClick={() => void copy()}>
            Copy
          </Button>
          <span aria-live="polite">{isCopied && 'It is in the clipboard.'}</span>
        </div>
      )}
      <p>
        Nothing shows it again.{' '}
        {made.also_valid_until ? (
          <>
            Until <Moment at={made.also_valid_until} /> the one before signs beside it.
          </>
        ) : (
          'The one before signs no more.'
        )}
      </p>
    </CommandDialog>
  );
}
