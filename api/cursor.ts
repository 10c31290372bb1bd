/** The place in a list that goes by time, newest first, as text that a client hands back. */
import type { Place } from '../store/read-processes.ts';
import type { Query } from './request.ts';

export function cursorOf({ at, key }: Place): string {
  return Buffer.from(`${at.getTime()}/${key}`).toString('base64url');
}

/** The query's `cursor`; undefined where the list begins. What is no cursor is told as a problem of the query. */
export function readCursor(query: Query): Place | undefined {
  const text = query.text('cursor');
  if (text === undefined) return undefined;
  const [, ms, key] = /^(\d{1,15})\/(\d{1,19})$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (ms !== undefined && key !== undefined) return { at: new Date(Number(ms)), key };
  query.problem('cursor', 'hand back next_cursor of the page before as it came');
  return undefined;
}
