/** Has steps tried again, one or many, after it was shown how many and in how many batches. */
import { NumberInput } from '@carbon/react';
import { useEffect, useState } from 'react';
import { type Problem, send } from '../client/call.ts';
import type { BulkResolve } from '../client/operation-types.ts';
import { problemOf } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Loading, Note, ProblemNote } from '../parts/page.tsx';

export type Scope = { readonly cause?: string; readonly batch?: string; readonly keys?: readonly string[] };

export function BulkResolveDialog({
  scope,
  close,
}: {
  readonly scope: Scope;
  readonly close: (isDone: boolean) => void;
}) {
  const [retries, setRetries] = useState(3);
  const [preview, setPreview] = useState<BulkResolve>();
  const [problem, setProblem] = useState<Problem>();
  const [left, setLeft] = useState<BulkResolve>();
  const [asked] = useState(scope);
  useEffect(() => {
    let isGone = false;
    send<BulkResolve>('POST', '/api/v1/incidents/resolve', { ...asked, reason: 'preview', dryRun: true }).then(
      (value) => !isGone && setPreview(value),
      (error: unknown) => !isGone && setProblem(problemOf(error)),
    );
    return () => {
      isGone = true;
    };
  }, [asked]);
  if (left) return <Rest result={left} close={() => close(true)} />;
  return (
    <CommandDialog
      close={close}
      command={{
        title: 'Have these steps tried again?',
        verb: preview ? `Try ${counted(preview.incidents, 'step')} again` : 'Try again',
        isPossible: preview !== undefined && preview.incidents > 0,
        async run(reason) {
          const result = await send<BulkResolve>('POST', '/api/v1/incidents/resolve', { ...asked, retries, reason });
          if (result.failed.length === 0 && !result.left) return;
          setLeft(result);
          // The dialog stays, with what is left.
          return new Promise(() => undefined);
        },
      }}
    >
      {problem && <ProblemNote problem={problem} />}
      {!preview && !problem && <Loading lines={2} />}
      {preview && (
        <>
          <p>
            <strong>{counted(preview.incidents, 'incident', preview.at_least)}</strong> in{' '}
            {counted(preview.batches, 'batch')}.
          </p>
          {preview.sample[0] && <Note tone="failed">{preview.sample[0].message}</Note>}
          <p className="faint">
            Each failed job gets new tries and its process goes on. What was sent to a rail is asked about first, never
            sent twice. If the cause is not mended, they come back here.
          </p>
        </>
      )}
      <Retries value={retries} onChange={setRetries} />
    </CommandDialog>
  );
}

export function Retries({ value, onChange }: { readonly value: number; readonly onChange: (value: number) => void }) {
  return (
    <NumberInput
      id="retries"
      label="Tries until it is an incident again"
      min={1}
      max={100}
      value={value}
      onChange={(_, state) => onChange(Math.min(100, Math.max(1, Math.trunc(Number(state.value) || 1))))}
    />
  );
}

function Rest({ result, close }: { readonly result: BulkResolve; readonly close: () => void }) {
  return (
    <CommandDialog
      close={close}
      command={{ title: 'Not all are done', verb: 'Well', reason: 'none', isNews: true, run: async () => undefined }}
    >
      <p>
        {count(result.resolved)} are tried again.{' '}
        {result.left ? `${count(result.left)} are left: do the same once more.` : ''}
      </p>
      {result.failed.map(({ key, detail }) => (
        <Note key={key} tone="failed">
          {key}: {detail}
        </Note>
      ))}
    </CommandDialog>
  );
}
