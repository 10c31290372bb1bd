/** One payment: what it is, how it stands, what can be done, and its whole life as a time line. */
import { Button } from '@carbon/react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { send } from '../client/call.ts';
import type { InstanceDetail } from '../client/operation-types.ts';
import type { Payment } from '../client/payment-types.ts';
import { useSession } from '../client/session.tsx';
import { type Data, useData } from '../client/use-data.ts';
import { grouped } from '../format/amount.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Diagram } from '../parts/diagram.tsx';
import { Age, Amount, Moment } from '../parts/figures.tsx';
import { Facts, Loaded, Note, PageHead, Section } from '../parts/page.tsx';
import { PaymentStateMark } from '../parts/state.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { PartyText } from './batch-rows.tsx';
import { HandMarkBox, HandMarkButton } from './hand-mark.tsx';

export function PaymentPage() {
  const { id = '' } = useParams();
  const payment: Data<Payment> = useData<Payment>(`/api/v1/payments/${id}`, {
    on: ({ kind, data }) => /^(batch|unknown|conflict|hand_mark)$/.test(kind) && isAbout(data, payment.value),
    every: 5_000,
  });
  return (
    <Loaded data={payment} lines={10}>
      {(value) => (
        <>
          <PageHead
            title={value.amount === null ? `Row ${value.row}` : `${value.currency} ${grouped(value.amount)}`}
            crumbs={crumbsOf(value)}
            mark={<PaymentStateMark state={value.state} />}
            lead={
              <>
                to <PartyText party={value.payee} /> over {value.rail ?? 'no rail'}
                {value.note && <> · {value.note}</>}
              </>
            }
            actions={<Actions payment={value} onDone={payment.reload} />}
          />
          <Story payment={value} />
          {value.hand_mark && <HandMarkBox mark={value.hand_mark} onDone={payment.reload} />}
          <div className="columns">
            <Section title="Life">
              <Timeline entries={value.timeline} />
              {value.timeline_is_cut && <p className="faint">Only the first thousand entries are shown.</p>}
            </Section>
            <Section title="Payment">
              <PaymentFacts payment={value} />
            </Section>
          </div>
          {value.process_instance_key && <Process instanceKey={value.process_instance_key} />}
        </>
      )}
    </Loaded>
  );
}

function isAbout(data: Readonly<Record<string, unknown>>, payment: Payment | undefined): boolean {
  return payment === undefined || data.batch_id == null || data.batch_id === payment.batch_id;
}

function crumbsOf({ batch_id, file_name, row }: Payment) {
  if (!batch_id) return [{ to: '/payments', text: 'Single payments' }];
  const crumbs = [
    { to: '/batches', text: 'Batches' },
    { to: `/batches/${batch_id}`, text: file_name ?? 'Batch' },
  ];
  return row === null
    ? crumbs
    : [...crumbs, { to: `/batches/${batch_id}?cursor=${Math.max(0, row - 1)}#rows`, text: `row ${row}` }];
}

/** What happened, why, and what one can do, in the field's words. */
function Story({ payment: { state, outcome, unknown, payer_block, conflicts, rail } }: { readonly payment: Payment }) {
  return (
    <>
      {outcome && outcome.status !== 'completed' && (
        <Note tone="failed">
          <strong>{outcome.title ?? outcome.text ?? 'Not paid'}.</strong>{' '}
          {outcome.text !== outcome.title && outcome.text}{' '}
          {outcome.rail_text && outcome.rail_text !== outcome.text && `“${outcome.rail_text}”`}{' '}
          {outcome.rail_code && <code>{outcome.rail_code}</code>} <strong>Not paid.</strong> {cureOf(outcome.code)}
        </Note>
      )}
      {unknown && (
        <Note tone="unknown">
          <strong>Money may have moved.</strong> {rail} was asked and could not say, for <Age since={unknown.since} />{' '}
          now.
          {unknown.why && ` “${unknown.why}”`} It is not sent again before the rail has said no. Ask again, or let two
          people mark it by hand from the rail’s own statement.
        </Note>
      )}
      {state === 'waiting' && payer_block && (
        <Note tone="partly">
          <strong>
            Its payer ({payer_block.payer}) waits at {payer_block.rail}.
          </strong>{' '}
          {payer_block.text} <Link to="/rails#payers">Resume the payer</Link> once that is mended.
        </Note>
      )}
      {conflicts.map((conflict) => (
        <Note key={conflict.id} tone="unknown">
          <strong>The rail contradicts itself:</strong> {conflict.had} in the books, later it said {conflict.got}.{' '}
          {conflict.text}{' '}
          {conflict.resolved
            ? `Looked at by ${conflict.resolved.by}: ${conflict.resolved.reason}`
            : 'The books stand; a person should look.'}
        </Note>
      ))}
    </>
  );
}

function cureOf(code: number | null): string {
  const cures: Readonly<Record<number, string>> = {
    400: 'Mend the row in the file and send it in a new batch.',
    402: 'Once the payer has funds, retry it in a child batch.',
    404: 'Check the payee’s identifier with the sender; a retry helps only once the payee exists.',
    409: 'It equals a row before it; nothing to do unless both were meant.',
    410: 'It was stopped on purpose before it was sent.',
    422: 'Retry it in a child batch once the reason is gone, or tell the sender.',
    502: 'Ask the rail’s operator; then retry it in a child batch.',
  };
  return code === null ? '' : (cures[code] ?? '');
}

function PaymentFacts({ payment }: { readonly payment: Payment }) {
  return (
    <Facts
      facts={[
        [
          'Amount',
          payment.amount === null ? (
            'not readable'
          ) : (
            <Amount key="a" amount={payment.amount} currency={payment.currency} />
          ),
        ],
        ['Payee', <PartyText key="payee" party={payment.payee} />],
        ['Payer', <PartyText key="payer" party={payment.payer} />],
        ['Rail', payment.rail ?? '–'],
        payment.outcome?.reference ? ['Rail’s reference', <code key="r">{payment.outcome.reference}</code>] : undefined,
        payment.outcome ? ['Ended', <Moment key="e" at={payment.outcome.at} />] : undefined,
        ['End-to-end id', <code key="id">{payment.end_to_end_id}</code>],
        payment.transaction_id ? ['Transaction', <code key="t">{payment.transaction_id}</code>] : undefined,
        payment.client_id ? ['Client’s id', payment.client_id] : undefined,
        payment.request_id ? ['Request', payment.request_id] : undefined,
        payment.sub_batch_id ? ['Sub-batch', <code key="s">{payment.sub_batch_id}</code>] : undefined,
      ]}
    />
  );
}

function Actions({ payment, onDone }: { readonly payment: Payment; readonly onDone: () => void }) {
  const { may } = useSession();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      {may('payments.ask') && payment.actions.includes('ask') && (
        <Button size="sm" onClick={() => setAsking(true)}>
          Ask the rail …
        </Button>
      )}
      {may('payments.mark') && payment.actions.includes('hand_mark') && (
        <HandMarkButton payment={payment} onDone={onDone} />
      )}
      {isAsking && (
        <CommandDialog
          close={(isDone) => {
            setAsking(false);
            if (isDone) onDone();
          }}
          command={{
            title: 'Ask the rail about this payment now?',
            verb: 'Ask',
            run: (reason) => send('POST', `/api/v1/payments/${payment.end_to_end_id}/ask`, { reason }),
          }}
        >
          <p>
            {payment.rail} is asked what became of it. Nothing is sent again; what it answers stands in the time line,
            and in the books where it is final.
          </p>
        </CommandDialog>
      )}
    </>
  );
}

function Process({ instanceKey }: { readonly instanceKey: string }) {
  const { may } = useSession();
  const instance = useData<InstanceDetail>(may('processes.read') ? `/api/v1/process-instances/${instanceKey}` : null, {
    every: 10_000,
  });
  const value = instance.value;
  if (!value) return null;
  return (
    <Section
      title={`Its process: ${value.process_id}`}
      aside={<Link to={`/instances/${instanceKey}`}>instance {instanceKey}</Link>}
    >
      <Diagram
        modelKey={value.model_key}
        elements={value.elements}
        label={`Model ${value.process_id} with where this payment is`}
      />
    </Section>
  );
}
