/** The place in a list that goes by time and id, as text that a client hands back. */
import type { Query } from '../request.ts';

export function shownPlace(at: Date, id: string): string {
  return Buffer.from(`${at.getTime()}/${id}`).toString('base64url');
}

/** The query's `cursor`; undefined where the list begins. What is no cursor is told as a problem of the query. */
export function readPlace(query: Query): { readonly at: Date; readonly id: string } | undefined {
  const text = query.text('cursor');
  if (text === undefined) return undefined;
  const [, ms, id] = /^(\d{1,15})\/([\w:/-]{1,200})$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (ms !== undefined && id !== undefined) return { at: new Date(Number(ms)), id };
  query.problem('cursor', 'hand back next_cursor of the page before as it came');
  return undefined;
}
