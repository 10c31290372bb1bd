/** The decision on a batch, with what it is about in sight. */
import { Button } from '@carbon/react';
import { useState } from 'react';
import { send } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import type { Batch, Totals } from '../client/types.ts';
import { counted } from '../format/amount.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { TotalAmounts } from '../parts/figures.tsx';
import { Note } from '../parts/page.tsx';

export type Decision = 'approve' | 'refuse';
export type Decidable = {
  readonly batch_id: string;
  readonly file_name: string;
  readonly maker: string;
  readonly count: number;
  readonly totals: Totals;
  readonly seen_before: string | null;
};

export function ApprovalBox({ batch, onDone }: { readonly batch: Batch; readonly onDone: () => void }) {
  const { approval } = batch;
  const { me, may } = useSession();
  if (approval?.state !== 'awaited' || approval.count === undefined || !approval.totals) return null;
  const why = whyNot(batch.maker, me.subject, may('batches.approve'));
  const decidable = { ...batch, count: approval.count, totals: approval.totals };
  return (
    <Note tone="running">
      <p>
        <strong>Awaits approval:</strong> {counted(approval.count, 'row')},{' '}
        <TotalAmounts totals={approval.totals} inLine />.
      </p>
      {why ? <p className="faint">{why}</p> : <DecisionButtons decidable={decidable} onDone={onDone} />}
    </Note>
  );
}

/** Why this person may not decide; undefined where they may. */
export function whyNot(maker: string, subject: string, isApprover: boolean): string | undefined {
  if (!isApprover) return 'You may not decide: that belongs to the role approver.';
  return maker === subject ? 'You may not decide: you sent it. A second person must.' : undefined;
}

export function DecisionButtons({ decidable, onDone }: { readonly decidable: Decidable; readonly onDone: () => void }) {
  const [decision, setDecision] = useState<Decision>();
  return (
    <div className="row-line">
      <Button size="sm" onClick={() => setDecision('approve')}>
        Approve …
      </Button>
      <Button size="sm" kind="danger--tertiary" onClick={() => setDecision('refuse')}>
        Refuse …
      </Button>
      {decision && (
        <DecisionDialog
          decidable={decidable}
          decision={decision}
          close={(isDone) => {
            setDecision(undefined);
            if (isDone) onDone();
          }}
        />
      )}
    </div>
  );
}

function DecisionDialog({
  decidable: { batch_id, file_name, maker, count, totals, seen_before },
  decision,
  close,
}: {
  readonly decidable: Decidable;
  readonly decision: Decision;
  readonly close: (isDone: boolean) => void;
}) {
  const isApproval = decision === 'approve';
  const seen = isApproval ? { count, totals } : {};
  return (
    <CommandDialog
      close={close}
      command={{
        title: isApproval ? 'Approve this batch?' : 'Refuse this batch?',
        verb: isApproval ? 'Approve' : 'Refuse',
        isDangerous: !isApproval,
        reason: isApproval ? 'optional' : undefined,
        run: (comment) =>
          send('POST', `/api/v1/batches/${batch_id}/approval`, { decision, ...(comment ? { comment } : {}), ...seen }),
      }}
    >
      <p>
        <strong>{file_name}</strong>, sent by {maker}
      </p>
      <p className="figure">
        {counted(count, 'row')} · <TotalAmounts totals={totals} inLine />
      </p>
      {seen_before && (
        <Note tone="partly">The same file came before, as another batch. Is this one meant to be paid again?</Note>
      )}
      <p className="faint">
        {isApproval
          ? 'Its payments are sent at once. This cannot be taken back.'
          : 'None of its payments is sent; every row ends as cancelled.'}
      </p>
    </CommandDialog>
  );
}
