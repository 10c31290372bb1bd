/** Sends a file: checked first, with what is wrong beside its rows and the sums in sight, then sent once. */
import { Button, InlineLoading, Select, SelectItem, TextInput } from '@carbon/react';
import { useEffect, useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { type Problem, sendForm, withQuery } from '../client/call.ts';
import { useSession } from '../client/session.tsx';
import type { Accepted, DryRun } from '../client/types.ts';
import { problemOf } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { TotalAmounts } from '../parts/figures.tsx';
import { Note, PageHead, ProblemNote, Section } from '../parts/page.tsx';
import { BadRows } from './bad-rows.tsx';
import { DropZone, takeDropped } from './drop-zone.tsx';

type Step =
  | { readonly kind: 'no file' }
  | { readonly kind: 'checking' }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'checked'; readonly report: DryRun };

export function NewBatch() {
  const { may } = useSession();
  const [file, setFile] = useState<File | undefined>(takeDropped);
  const [purpose, setPurpose] = useState('');
  const [needsApproval, setNeedsApproval] = useState('');
  const step = useDryRun(file);
  if (!may('batches.submit')) {
    const detail = 'Sending files belongs to the role submitter.';
    return <ProblemNote problem={{ title: 'Not permitted', status: 403, detail }} />;
  }
  return (
    <>
      <PageHead
        title="New batch"
        crumbs={[{ to: '/batches', text: 'Batches' }]}
        lead="A file is checked whole before anything is sent. Its rows that are not valid are refused one by one; the others are paid."
      />
      <DropZone onFile={setFile} />
      {file && (
        <Section title={file.name} aside={<span className="faint">{size(file.size)}</span>}>
          {step.kind === 'checking' && <InlineLoading description="Checking every row; nothing is kept …" />}
          {step.kind === 'refused' && <ProblemNote problem={step.problem} />}
          {step.kind === 'checked' && (
            <>
              <Report report={step.report} />
              <BadRows file={file} errors={step.report.rowErrors} />
              {step.report.accepted > 0 && !step.report.problem && (
                <>
                  <div className="filters">
                    <TextInput
                      id="purpose"
                      size="sm"
                      labelText="Purpose (may be left out)"
                      maxLength={255}
                      value={purpose}
                      onChange={(event) => setPurpose(event.target.value)}
                    />
                    <Select
                      id="approval"
                      size="sm"
                      labelText="Approval by a second person"
                      value={needsApproval}
                      onChange={(event) => setNeedsApproval(event.target.value)}
                    >
                      <SelectItem value="" text="as the tenant has it" />
                      <SelectItem value="true" text="yes" />
                    </Select>
                  </div>
                  <SendButton
                    file={file}
                    report={step.report}
                    purpose={purpose.trim()}
                    needsApproval={needsApproval === 'true'}
                  />
                </>
              )}
            </>
          )}
        </Section>
      )}
    </>
  );
}

/** Checks each file once; the answer of one that was replaced is dropped. */
function useDryRun(file: File | undefined): Step {
  const [step, setStep] = useState<Step>({ kind: 'no file' });
  useEffect(() => {
    if (!file) return;
    const controller = new AbortController();
    setStep({ kind: 'checking' });
    const path = withQuery('/api/v1/batchtransactions', { type: 'csv', dryRun: true });
    sendForm<DryRun>(path, formOf(file), {}, controller.signal).then(
      (report) => setStep({ kind: 'checked', report }),
      (error: unknown) => !controller.signal.aborted && setStep({ kind: 'refused', problem: problemOf(error) }),
    );
    return () => controller.abort();
  }, [file]);
  return step;
}

function Report({ report }: { readonly report: DryRun }) {
  const totals = Object.fromEntries(Object.entries(report.totals).map(([currency, { amount }]) => [currency, amount]));
  const isGood = report.valid && !report.problem;
  return (
    <Note tone={isGood ? 'done' : report.accepted > 0 && !report.problem ? 'partly' : 'failed'}>
      {report.problem && (
        <p>
          <strong>{report.problem.title}.</strong> {report.problem.detail}
        </p>
      )}
      <p>
        <strong>
          {isGood
            ? `All ${counted(report.rows, 'row')} can be paid.`
            : `${count(report.refused)} of ${counted(report.rows, 'row')} would be refused, ${count(report.accepted)} can be paid.`}
        </strong>
      </p>
      <p>
        Would be paid: <TotalAmounts totals={totals} inLine />
      </p>
    </Note>
  );
}

function SendButton({
  file,
  report,
  purpose,
  needsApproval,
}: {
  readonly file: File;
  readonly report: DryRun;
  readonly purpose: string;
  readonly needsApproval: boolean;
}) {
  const navigate = useNavigate();
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  // The same for every try of this file: sent twice by a nervous finger or a broken line, it is one batch.
  const id = useMemo(() => (file ? crypto.randomUUID() : ''), [file]);
  const send = async () => {
    setSending(true);
    setProblem(undefined);
    try {
      const form = formOf(file);
      if (needsApproval) form.append('options', JSON.stringify({ 'approval.enable': true }));
      const { batch_id } = await sendForm<Accepted>('/api/v1/batchtransactions?type=csv', form, {
        'X-CorrelationID': id,
        'Idempotency-Key': id,
        'X-Declared-Count': String(report.rows),
        ...(purpose ? { Purpose: purpose } : {}),
      });
      await navigate(`/batches/${batch_id}`);
    } catch (error) {
      setProblem(problemOf(error));
      setSending(false);
    }
  };
  const what =
    report.refused === 0 ? counted(report.rows, 'row') : `${counted(report.accepted, 'row')} of ${count(report.rows)}`;
  return (
    <>
      <Button disabled={isSending} onClick={() => void send()}>
        {isSending ? 'Sending …' : `Send and pay ${what}`}
      </Button>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}

function formOf(file: File): FormData {
  const form = new FormData();
  form.append('data', file, file.name);
  return form;
}

function size(bytes: number): string {
  if (bytes < 10_000) return `${count(bytes)} bytes`;
  return bytes < 10_000_000 ? `${count(Math.round(bytes / 1_000))} kB` : `${count(Math.round(bytes / 1_000_000))} MB`;
}
