/** Dense tables: figures to the right, a page at a time, its place in the address. */
import { Button, Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@carbon/react';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

export type Column<T> = {
  readonly name: string;
  readonly isNumber?: boolean;
  readonly cell: (row: T) => ReactNode;
};

export function DataTable<T>({
  label,
  columns,
  rows,
  keyOf,
}: {
  readonly label: string;
  readonly columns: readonly (Column<T> | false)[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
}) {
  const shown = columns.filter((column) => column !== false);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a table that scrolls is no set of form fields
    <div className="table-frame" role="group" aria-label={label} tabIndex={0}>
      <Table size="sm" aria-label={label}>
        <TableHead>
          <TableRow>
            {shown.map(({ name, isNumber }) => (
              <TableHeader key={name} className={isNumber ? 'num' : undefined}>
                {name}
              </TableHeader>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={keyOf(row)}>
              {shown.map(({ name, isNumber, cell }) => (
                <TableCell key={name} className={isNumber ? 'num' : undefined}>
                  {cell(row)}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

/** Reads and writes the query of the address; a changed filter begins at the first page again. */
export function useFilters() {
  const [params, setParams] = useSearchParams();
  return {
    get: (name: string) => params.get(name) ?? '',
    set(changes: Readonly<Record<string, string | undefined>>) {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          next.delete('cursor');
          for (const [name, value] of Object.entries(changes)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: true },
      );
    },
    /** The browser's back leads to the page before. */
    goTo(cursor: string | undefined) {
      setParams((before) => {
        const next = new URLSearchParams(before);
        if (cursor) next.set('cursor', cursor);
        else next.delete('cursor');
        return next;
      });
    },
  };
}

export function Pager({
  next,
  shown,
  children,
}: {
  readonly next: string | null;
  readonly shown: number;
  readonly children?: ReactNode;
}) {
  const { get, goTo } = useFilters();
  const isFirst = get('cursor') === '';
  if (isFirst && !next) return null;
  return (
    <nav className="pager" aria-label="Pages of the list">
      {children}
      <span>{shown} shown</span>
      <Button kind="ghost" size="sm" disabled={isFirst} onClick={() => goTo(undefined)}>
        To the first
      </Button>
      <Button kind="ghost" size="sm" disabled={isFirst} onClick={() => window.history.back()}>
        Back
      </Button>
      <Button kind="ghost" size="sm" disabled={!next} onClick={() => next && goTo(next)}>
        Next
      </Button>
    </nav>
  );
}
