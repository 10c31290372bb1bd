/** What is wrong with a file, beside the rows as they stand in it. */
import { useEffect, useState } from 'react';
import type { RowError } from '../client/types.ts';
import { count, counted } from '../format/amount.ts';
import { linesOf } from '../format/csv-lines.ts';
import { Section } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

const shownMax = 200;
/** Further into the file nobody looks for a line; the row's number says enough. */
const readBytes = 8_000_000;

type BadRow = { readonly row: number; readonly errors: readonly RowError[] };

export function BadRows({ file, errors }: { readonly file: File; readonly errors: readonly RowError[] }) {
  const lines = useLines(file);
  const byRow = new Map<number, RowError[]>();
  for (const error of errors) byRow.set(error.row, [...(byRow.get(error.row) ?? []), error]);
  const bad: BadRow[] = [...byRow].map(([row, some]) => ({ row, errors: some }));
  if (bad.length === 0) return null;
  return (
    <Section
      title={`${counted(bad.length, 'row')} to mend`}
      aside={bad.length > shownMax && <span className="faint">the first {count(shownMax)} are shown</span>}
    >
      <div className="scroll-list">
        <DataTable
          label="Rows that are not valid"
          rows={bad.slice(0, shownMax)}
          keyOf={({ row }) => String(row)}
          columns={[
            { name: 'Row', isNumber: true, cell: ({ row }) => count(row) },
            {
              name: 'What is wrong',
              cell: (each) =>
                each.errors.map(({ column, code, message }) => (
                  <div key={`${column} ${code}`}>
                    {column && !message.startsWith(column) && <code>{column}</code>} {message}
                  </div>
                )),
            },
            {
              name: 'As it stands in the file',
              cell: ({ row }) => <code className="wrap-anywhere small">{lines?.[row] ?? '…'}</code>,
            },
          ]}
        />
      </div>
    </Section>
  );
}

/** Lines of the file's beginning; line 0 is the header, so that line n is row n. */
function useLines(file: File): readonly string[] | undefined {
  const [lines, setLines] = useState<readonly string[]>();
  useEffect(() => {
    let isGone = false;
    void file
      .slice(0, readBytes)
      .text()
      .then((text) => !isGone && setLines(linesOf(text)));
    return () => {
      isGone = true;
    };
  }, [file]);
  return lines;
}
