/** One webhook: what was said to whom, each try, and having it sent again. */
import { Button } from '@carbon/react';
import { useState } from 'react';
import { useParams } from 'react-router';
import { send } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import { useData } from '../client/use-data.ts';
import type { Attempt, DeliveryDetail } from '../client/webhook-types.ts';
import { counted } from '../format/amount.ts';
import { milliseconds } from '../format/time.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Age, Moment } from '../parts/figures.tsx';
import { Facts, Loaded, Note, PageHead, Section } from '../parts/page.tsx';
import { DeliveryStateMark, State } from '../parts/state.tsx';
import { DataTable } from '../parts/table.tsx';
import { AboutLink } from './webhooks.tsx';

export function WebhookPage() {
  const { id = '' } = useParams();
  const { may } = useSession();
  const [isOpen, setOpen] = useState(false);
  const delivery = useData<DeliveryDetail>(`/api/v1/webhook-deliveries/${id}`, {
    every: (value) => ((value as DeliveryDetail | undefined)?.state === 'pending' ? 1_000 : 10_000),
  });
  return (
    <Loaded data={delivery} lines={8}>
      {(value) => (
        <>
          <PageHead
            title={value.event}
            crumbs={[{ to: '/webhooks', text: 'Webhooks' }]}
            mark={<DeliveryStateMark state={value.state} />}
            lead={<span className="wrap-anywhere">to {value.url}</span>}
            actions={
              may('webhooks.resend') && (
                <Button size="sm" onClick={() => setOpen(true)}>
                  Send again …
                </Button>
              )
            }
          />
          <Story delivery={value} />
          <div className="columns">
            <Section title="Tries">
              <Tries attempts={value.attempts} tries={value.tries} />
            </Section>
            <Section title="Webhook">
              <DeliveryFacts delivery={value} />
            </Section>
          </div>
          <Section title="What is said">
            {value.body === null ? (
              <Note tone="done">Sealed: it says where people are paid, and is shown to its receiver only.</Note>
            ) : (
              <pre className="said">{JSON.stringify(value.body, null, 2)}</pre>
            )}
          </Section>
          {isOpen && (
            <ResendDialog
              delivery={value}
              close={(isDone) => {
                setOpen(false);
                if (isDone) delivery.reload();
              }}
            />
          )}
        </>
      )}
    </Loaded>
  );
}

function Story({ delivery: { state, last_error, next_try_at, tried_until } }: { readonly delivery: DeliveryDetail }) {
  if (state === 'given_up') {
    return (
      <Note tone="failed">
        <strong>Nobody heard it, and it is tried no more.</strong> {last_error} Mend the receiver, then send it again:
        it has the same event id, so that a receiver that did hear it knows it.
      </Note>
    );
  }
  if (state === 'pending' && last_error) {
    return (
      <Note tone="partly">
        <strong>Not heard yet.</strong> {last_error} Tried again{' '}
        {next_try_at && (
          <>
            at <Moment at={next_try_at} />
          </>
        )}
        , until <Moment at={tried_until} />.
      </Note>
    );
  }
  return null;
}

/** The hub keeps the newest tries; how many there were stands above them. */
function Tries({ attempts, tries }: { readonly attempts: readonly Attempt[]; readonly tries: number }) {
  if (attempts.length === 0) return <p className="faint">It was not tried yet; the first try takes a second or two.</p>;
  return (
    <>
      {tries > attempts.length && (
        <p className="faint">
          {counted(tries, 'try')} in all; the newest {attempts.length} are kept.
        </p>
      )}
      <DataTable
        label="Tries"
        rows={[...attempts].reverse()}
        keyOf={({ at }) => at}
        columns={[
          { name: 'When', cell: ({ at }) => <Moment at={at} /> },
          { name: 'Answer', cell: (each) => <Answer attempt={each} /> },
          { name: 'Took', isNumber: true, cell: ({ ms }) => milliseconds(ms) },
        ]}
      />
    </>
  );
}

function Answer({ attempt: { status, error } }: { readonly attempt: Attempt }) {
  const isHeard = status !== null && status >= 200 && status < 300;
  return (
    <span className="row-line">
      <State look={{ word: status === null ? 'no answer' : `HTTP ${status}`, tone: isHeard ? 'done' : 'failed' }} />
      {error && <span className="wrap-anywhere">{error}</span>}
    </span>
  );
}

function DeliveryFacts({ delivery }: { readonly delivery: DeliveryDetail }) {
  return (
    <Facts
      facts={[
        ['About', <AboutLink key="about" delivery={delivery} />],
        ['Event id', <code key="id">{delivery.id}</code>],
        ['Made', <Moment key="made" at={delivery.created_at} />],
        delivery.delivered_at !== null && ['Heard', <Moment key="heard" at={delivery.delivered_at} />],
        delivery.next_try_at !== null && ['Next try', <Moment key="next" at={delivery.next_try_at} />],
        delivery.state === 'pending' && ['Given up after', <Moment key="until" at={delivery.tried_until} />],
        ['Age', <Age key="age" since={delivery.created_at} />],
      ]}
    />
  );
}

function ResendDialog({
  delivery: { id, event, url, state, batch_id },
  close,
}: {
  readonly delivery: DeliveryDetail;
  readonly close: (isDone: boolean) => void;
}) {
  return (
    <CommandDialog
      close={close}
      command={{
        title: 'Send this webhook again?',
        verb: 'Send it again',
        run: (reason) => send('POST', `/api/v1/webhook-deliveries/${id}/resend`, { reason }),
      }}
    >
      <p>
        <strong>{event}</strong>
        {batch_id && ` about ${batch_id.slice(0, 8)}`}, to <span className="wrap-anywhere">{url}</span>
      </p>
      {state === 'delivered' && (
        <Note tone="partly">Somebody heard it. A receiver that does not remember event ids will act on it twice.</Note>
      )}
      <p className="faint">
        It is sent at once with the same event id, signed anew, and tried for 24 hours. A notification goes to the
        address that the tenant has now. No payment is sent again.
      </p>
    </CommandDialog>
  );
}
