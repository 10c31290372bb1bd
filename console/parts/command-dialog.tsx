/** Nothing is done without a preview and a reason: what will happen, to how much, then why, then it is done. */
import { Modal, TextInput } from '@carbon/react';
import { type ReactNode, useState } from 'react';
import type { Problem } from '../client/call.ts';
import { problemOf } from '../client/use-data.ts';
import { ProblemNote } from './page.tsx';

export type Command = {
  readonly title: string;
  /** The word on the button, a verb. */
  readonly verb: string;
  readonly isDangerous?: boolean;
  /** False while the preview says that there is nothing to do. */
  readonly isPossible?: boolean;
  /** Needed where absent; `none` where the hub has no place to keep one. */
  readonly reason?: 'optional' | 'none';
  /** It only says something: there is nothing to leave. */
  readonly isNews?: boolean;
  run(reason: string): Promise<unknown>;
};

export function CommandDialog({
  command,
  close,
  children,
}: {
  readonly command: Command;
  /** `isDone`: the command was taken. */
  readonly close: (isDone: boolean) => void;
  readonly children?: ReactNode;
}) {
  const [reason, setReason] = useState('');
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const needsReason = command.reason === undefined;
  const isReady = (!needsReason || reason.trim() !== '') && command.isPossible !== false && !isRunning;
  const run = async () => {
    if (!isReady) return;
    setRunning(true);
    setProblem(undefined);
    try {
      await command.run(reason.trim());
      close(true);
    } catch (error) {
      setProblem(problemOf(error));
      setRunning(false);
    }
  };
  return (
    <Modal
      open
      size="sm"
      danger={command.isDangerous}
      modalHeading={command.title}
      primaryButtonText={isRunning ? 'Working …' : command.verb}
      secondaryButtonText={command.isNews ? undefined : 'Leave it'}
      preventCloseOnClickOutside={command.isNews}
      primaryButtonDisabled={!isReady}
      onRequestClose={() => close(false)}
      onRequestSubmit={() => void run()}
      onSecondarySubmit={() => close(false)}
    >
      <div className="stack">
        {children}
        {command.reason !== 'none' && (
          <TextInput
            id="command-reason"
            data-modal-primary-focus
            labelText={needsReason ? 'Why' : 'Why (may be left out)'}
            helperText="Kept with the command under your name; others read it."
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            onKeyDown={(event) => event.key === 'Enter' && void run()}
          />
        )}
        {problem && <ProblemNote problem={problem} />}
      </div>
    </Modal>
  );
}
