/** Keeps a live list still: rows change in place, new ones gather until somebody asks for them. */
import { useEffect, useRef, useState } from 'react';

export type Held<T> = { readonly rows: readonly T[]; readonly isNew: number; show(): void };

/** `view` names what is listed; another one begins anew. `at`: when the rows came. */
export function useHeld<T>(
  rows: readonly T[] | undefined,
  keyOf: (row: T) => string,
  view: string,
  at?: Date,
): Held<T> {
  const [known, setKnown] = useState<{ readonly view: string; readonly keys: ReadonlySet<string> }>();
  const began = useRef({ view, at: Date.now() });
  if (began.current.view !== view) began.current = { view, at: Date.now() };
  const isFresh = at !== undefined && at.getTime() >= began.current.at;
  const isKnown = known?.view === view;
  // What was kept from an earlier visit does not count: the first fresh answer is what is shown.
  useEffect(() => {
    if (rows && isFresh && !isKnown) setKnown({ view, keys: new Set(rows.map(keyOf)) });
  }, [rows, isFresh, isKnown, view, keyOf]);
  if (!rows || !isKnown) return { rows: rows ?? [], isNew: 0, show: () => undefined };
  const shown = rows.filter((row) => known.keys.has(keyOf(row)));
  return {
    rows: shown,
    isNew: rows.length - shown.length,
    show: () => setKnown({ view, keys: new Set(rows.map(keyOf)) }),
  };
}
