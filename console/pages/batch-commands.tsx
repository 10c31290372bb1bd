/** What can be done to a batch, each after a preview: pause, resume, cancel, retry; and its files. */
import { Button, Checkbox } from '@carbon/react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { finalStatuses } from '../../domain/outcome.ts';
import { download, send, withQuery } from '../client/call.ts';
import type { CancelPreview, RetryPreview } from '../client/operation-types.ts';
import { useSession } from '../client/session.tsx';
import type { Batch, Progress } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { TotalAmounts } from '../parts/figures.tsx';
import { Loaded, Note } from '../parts/page.tsx';

type Word = 'pause' | 'resume' | 'cancel' | 'retry';

export function BatchCommands({
  batch,
  progress,
  onDone,
}: {
  readonly batch: Batch;
  readonly progress?: Progress;
  readonly onDone: () => void;
}) {
  const { may } = useSession();
  const [open, setOpen] = useState<Word>();
  const isFinal = finalStatuses.includes(batch.status);
  const canCommand = may('batches.command');
  const resultPath = `/api/v1/batches/${batch.batch_id}/result`;
  const resultName = `result-${batch.file_name.replace(/\.(csv|xml)$/i, '')}`;
  const isOpen = !isFinal || batch.status === 'completed_with_pending';
  const close = (isDone: boolean) => {
    setOpen(undefined);
    if (isDone) onDone();
  };
  return (
    <>
      {batch.result_file && (
        <Button kind="tertiary" size="sm" onClick={() => void download(resultPath, `${resultName}.csv`)}>
          Result file
        </Button>
      )}
      {batch.results.at(-1)?.report_url && (
        <Button
          kind="tertiary"
          size="sm"
          onClick={() => void download(`${resultPath}?format=pain.002`, `${resultName}.xml`)}
        >
          Status report
        </Button>
      )}
      {canCommand && isOpen && batch.hold === null && (
        <Button kind="tertiary" size="sm" onClick={() => setOpen('pause')}>
          Pause …
        </Button>
      )}
      {canCommand && isOpen && batch.hold === 'paused' && (
        <Button size="sm" onClick={() => setOpen('resume')}>
          Resume …
        </Button>
      )}
      {canCommand && isOpen && batch.hold !== 'cancelled' && (
        <Button kind="danger--tertiary" size="sm" onClick={() => setOpen('cancel')}>
          Cancel …
        </Button>
      )}
      {canCommand && isFinal && batch.failed > 0 && !batch.retry_of && batch.status !== 'rejected' && (
        <Button size="sm" onClick={() => setOpen('retry')}>
          Retry failed …
        </Button>
      )}
      {(open === 'pause' || open === 'resume') && (
        <HoldDialog batch={batch} word={open} progress={progress} close={close} />
      )}
      {open === 'cancel' && <CancelDialog batch={batch} close={close} />}
      {open === 'retry' && <RetryDialog batch={batch} close={close} />}
    </>
  );
}

type DialogOf = { readonly batch: Batch; readonly close: (isDone: boolean) => void };

function HoldDialog({
  batch,
  word,
  progress,
  close,
}: DialogOf & { readonly word: 'pause' | 'resume'; readonly progress?: Progress }) {
  const isPause = word === 'pause';
  const counts = progress?.counts;
  return (
    <CommandDialog
      close={close}
      command={{
        title: isPause ? 'Pause this batch?' : 'Go on with this batch?',
        verb: isPause ? 'Pause' : 'Resume',
        run: (reason) => send('POST', `/api/v1/batches/${batch.batch_id}/${word}`, { reason }),
      }}
    >
      {counts && (
        <p>
          {isPause ? 'Held back: ' : 'Sent on: '}
          <strong>{counted(counts.waiting, 'row')}</strong> that wait. {count(counts.running)} on their way and{' '}
          {count(counts.unknown)} unknown settle in either case.
        </p>
      )}
      <p className="faint">
        {isPause
          ? 'Nothing new is sent until it is resumed or cancelled. Checks and deadlines go on.'
          : 'What waits is sent within seconds.'}
      </p>
    </CommandDialog>
  );
}

function CancelDialog({ batch, close }: DialogOf) {
  const preview = useData<CancelPreview>(`/api/v1/batches/${batch.batch_id}/cancel/preview`);
  return (
    <CommandDialog
      close={close}
      command={{
        title: 'Cancel this batch?',
        verb: 'Cancel the batch',
        isDangerous: true,
        isPossible: preview.value?.is_applicable !== false,
        run: (reason) => send('POST', `/api/v1/batches/${batch.batch_id}/cancel`, { reason }),
      }}
    >
      <Loaded data={preview} lines={3}>
        {(value) =>
          value.is_applicable ? (
            <>
              <p>
                Will never be sent: <strong>{counted(value.rows, 'row')}</strong>,{' '}
                <TotalAmounts totals={value.totals} inLine />
              </p>
              <p>
                Are on their way and settle as the rail says: <strong>{counted(value.in_flight.rows, 'row')}</strong>,{' '}
                <TotalAmounts totals={value.in_flight.totals} inLine />
              </p>
              <p className="faint">It cannot be undone. The counts are of this moment: rows go on until you decide.</p>
            </>
          ) : (
            <Note tone="partly">{value.why_not}</Note>
          )
        }
      </Loaded>
    </CommandDialog>
  );
}

const codeWords: Readonly<Record<number, string>> = {
  402: 'payer without funds',
  404: 'payee not found',
  410: 'cancelled',
  422: 'refused by the rail or payee',
  502: 'answer that cannot be understood',
};
const codes = Object.keys(codeWords).map(Number);

function RetryDialog({ batch, close }: DialogOf) {
  const navigate = useNavigate();
  const [picked, setPicked] = useState<readonly number[]>(codes);
  const errorCodes = picked.length === codes.length ? undefined : picked;
  const path = withQuery(`/api/v1/batches/${batch.batch_id}/retry/preview`, { errorCodes: errorCodes?.join(',') });
  const preview = useData<RetryPreview>(picked.length === 0 ? null : path);
  const isPossible = picked.length > 0 && preview.value?.is_applicable === true;
  return (
    <CommandDialog
      close={close}
      command={{
        title: 'Send failed rows again?',
        verb: preview.value ? `Retry ${counted(preview.value.rows, 'row')}` : 'Retry',
        isPossible,
        run: async (reason) => {
          const body = { reason, ...(errorCodes ? { errorCodes } : {}) };
          const { child } = await send<{ child: string }>('POST', `/api/v1/batches/${batch.batch_id}/retry`, body);
          await navigate(`/batches/${child}`);
        },
      }}
    >
      <fieldset>
        <legend className="faint">Rows that failed as</legend>
        {codes.map((code) => (
          <Checkbox
            key={code}
            id={`code-${code}`}
            labelText={`${code} ${codeWords[code]}`}
            checked={picked.includes(code)}
            onChange={(_, { checked }) =>
              setPicked(codes.filter((each) => (each === code ? checked : picked.includes(each))))
            }
          />
        ))}
      </fieldset>
      {picked.length > 0 && (
        <Loaded data={preview} lines={3}>
          {(value) =>
            value.is_applicable ? (
              <>
                <p>
                  Sent again as a batch of its own: <strong>{counted(value.rows, 'row')}</strong>,{' '}
                  <TotalAmounts totals={value.totals} inLine />
                </p>
                <LeftOut preview={value} />
              </>
            ) : (
              <Note tone="partly">{value.why_not}</Note>
            )
          }
        </Loaded>
      )}
    </CommandDialog>
  );
}

function LeftOut({ preview: { left_out: out } }: { readonly preview: RetryPreview }) {
  const parts = [
    [out.bad_rows, 'not valid'],
    [out.duplicates, 'duplicates'],
    [out.cancelled, 'cancelled on purpose'],
    [out.conflicts, 'on which the rail contradicts itself'],
    [out.unknown, 'unknown: they may have been paid'],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, word]) => `${count(n)} ${word}`);
  return <p className="faint">{said.length === 0 ? 'No failed row is left out.' : `Left out: ${said.join('; ')}.`}</p>;
}
