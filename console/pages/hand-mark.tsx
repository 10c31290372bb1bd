/** Marking an unknown payment by hand: one person says what the rail's own statement shows, a second one confirms. */
import { Button, Select, SelectItem, TextArea, TextInput } from '@carbon/react';
import { useState } from 'react';
import { send } from '../client/call.ts';
import type { HandMark, Payment } from '../client/payment-types.ts';
import { useSession } from '../client/session.tsx';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Amount, Moment } from '../parts/figures.tsx';
import { Note } from '../parts/page.tsx';

const outcomeWords = { completed: 'was paid', rejected: 'was not paid' } as const;
type Outcome = keyof typeof outcomeWords;

export function HandMarkButton({ payment, onDone }: { readonly payment: Payment; readonly onDone: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>('completed');
  const [evidence, setEvidence] = useState('');
  const [reference, setReference] = useState('');
  return (
    <>
      <Button size="sm" kind="tertiary" onClick={() => setOpen(true)}>
        Mark by hand …
      </Button>
      {isOpen && (
        <CommandDialog
          close={(isDone) => {
            setOpen(false);
            if (isDone) onDone();
          }}
          command={{
            title: 'Mark this payment by hand?',
            verb: 'Propose the mark',
            isPossible: evidence.trim() !== '',
            run: (reason) =>
              send('POST', `/api/v1/payments/${payment.end_to_end_id}/hand-mark`, {
                outcome,
                evidence: evidence.trim(),
                reason,
                ...(reference.trim() ? { reference: reference.trim() } : {}),
              }),
          }}
        >
          <p>
            <Amount amount={payment.amount ?? ''} currency={payment.currency} /> over {payment.rail}. A second person
            confirms before it stands; then it is final, and a wrong mark pays twice or never.
          </p>
          <Select
            id="mark-outcome"
            labelText="It"
            value={outcome}
            onChange={({ target }) => setOutcome(target.value as Outcome)}
          >
            {Object.entries(outcomeWords).map(([value, text]) => (
              <SelectItem key={value} value={value} text={text} />
            ))}
          </Select>
          <TextArea
            id="mark-evidence"
            labelText="Evidence"
            helperText="What shows it: statement, line, who at the rail said so and when."
            maxLength={1000}
            rows={3}
            value={evidence}
            onChange={({ target }) => setEvidence(target.value)}
          />
          <TextInput
            id="mark-reference"
            labelText="The rail’s reference (may be left out)"
            value={reference}
            onChange={({ target }) => setReference(target.value)}
          />
        </CommandDialog>
      )}
    </>
  );
}

/** A proposal that waits, or what became of it. */
export function HandMarkBox({ mark, onDone }: { readonly mark: HandMark; readonly onDone: () => void }) {
  const { me } = useSession();
  const isOwn = mark.by === me.subject;
  return (
    <Note tone={mark.state === 'proposed' ? 'running' : 'partly'}>
      <p>
        <strong>
          {mark.by} says it {outcomeWords[mark.outcome]}
        </strong>{' '}
        (<Moment at={mark.proposed_at} />
        ): {mark.evidence}
        {mark.reference && ` Reference ${mark.reference}.`}
      </p>
      {mark.state !== 'proposed' && (
        <p>
          {mark.state} by {mark.decided_by}
          {mark.decision_reason && `: ${mark.decision_reason}`}
        </p>
      )}
      {mark.state === 'proposed' && <HandMarkDecision mark={mark} isOwn={isOwn} onDone={onDone} />}
    </Note>
  );
}

export function HandMarkDecision({
  mark,
  isOwn,
  onDone,
}: {
  readonly mark: HandMark;
  readonly isOwn: boolean;
  readonly onDone: () => void;
}) {
  const { may } = useSession();
  const [word, setWord] = useState<'confirm' | 'refuse'>();
  const { outcome, amount, currency } = mark;
  const path = `/api/v1/payments/${mark.end_to_end_id}/hand-mark/${word}`;
  return (
    <div className="row-line">
      {!isOwn && may('payments.confirm') && (
        <Button size="sm" onClick={() => setWord('confirm')}>
          Confirm …
        </Button>
      )}
      {(may('payments.confirm') || (isOwn && may('payments.mark'))) && (
        <Button size="sm" kind="tertiary" onClick={() => setWord('refuse')}>
          {isOwn ? 'Withdraw …' : 'Refuse …'}
        </Button>
      )}
      {isOwn && <span className="faint">You proposed it: a second person confirms.</span>}
      {word && (
        <CommandDialog
          close={(isDone) => {
            setWord(undefined);
            if (isDone) onDone();
          }}
          command={{
            title: word === 'confirm' ? 'Confirm this mark?' : 'Refuse this mark?',
            verb: word === 'confirm' ? 'Confirm' : 'Refuse',
            isDangerous: word === 'confirm',
            run: (reason) =>
              send('POST', path, word === 'confirm' ? { outcome, amount, currency, reason } : { reason }),
          }}
        >
          <p>
            {mark.by} says that <Amount amount={amount} currency={currency} /> over {mark.rail}{' '}
            <strong>{outcomeWords[outcome]}</strong>.
          </p>
          <p className="wrap-anywhere">{mark.evidence}</p>
          {word === 'confirm' && (
            <p className="faint">It becomes final and cannot be taken back. Look at the evidence yourself.</p>
          )}
        </CommandDialog>
      )}
    </div>
  );
}
