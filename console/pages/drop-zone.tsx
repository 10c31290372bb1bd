/** Takes a CSV, dropped or picked, and carries it to the page that checks and sends it. */
import { Button } from '@carbon/react';
import { Upload } from '@carbon/react/icons';
import { useRef, useState } from 'react';
import { useNavigate } from 'react-router';

/** The file on its way from wherever it was dropped; an address cannot carry it. */
let dropped: File | undefined;

export function takeDropped(): File | undefined {
  const file = dropped;
  dropped = undefined;
  return file;
}

export function DropZone({ onFile }: { readonly onFile?: (file: File) => void }) {
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const take = (file: File | null | undefined) => {
    if (!file) return;
    if (onFile) return onFile(file);
    dropped = file;
    void navigate('/batches/new');
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a way beside the button, which takes the keyboard
    <div
      className="drop"
      data-over={isOver}
      data-testid="drop-zone"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files.item(0));
      }}
    >
      <p>Drop a CSV of payments here. It is checked first; nothing is paid before you send it.</p>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        hidden
        onChange={(event) => take(event.target.files?.item(0))}
      />
      <Button kind="tertiary" size="sm" renderIcon={Upload} onClick={() => input.current?.click()}>
        Pick a file
      </Button>
    </div>
  );
}
