/** Keeps what a path answers on the page: at once from memory where it was seen before, anew when an event says that it changed. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { CallFailed, get, getText, type Problem } from './call.ts';
import type { StreamEvent } from './event-stream.ts';
import { type LiveState, live } from './live.ts';

export type Data<T> = {
  /** The last good answer, also while a newer one is on its way or failed. */
  readonly value?: T;
  readonly problem?: Problem;
  readonly at?: Date;
  readonly isLoading: boolean;
  reload(): void;
};

export type DataOptions = {
  /** Which events make it old; every `refresh` does. */
  readonly on?: (event: StreamEvent) => boolean;
  /** Asked again so often while events come, in milliseconds; never where absent. */
  readonly every?: number | ((value: unknown) => number | undefined);
  readonly isText?: boolean;
};

/** Without events everything on the page is asked for so often. */
const pollMs = 5_000;
/** Events of a busy hub do not make the page ask more often than this. */
const gapMs = 1_000;

const seen = new Map<string, { readonly value: unknown; readonly at: Date }>();

/** Forgets all: another person or tenant looks now. */
export function forgetData(): void {
  seen.clear();
}

export function useData<T>(path: string | null, options: DataOptions = {}): Data<T> {
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState<{ readonly path: string; readonly problem: Problem }>();
  const latest = useRef(options);
  latest.current = options;
  const running = useRef<AbortController>(undefined);

  const reload = useCallback(() => {
    if (path === null) return;
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const asked = latest.current.isText ? getText(path, controller.signal) : get<T>(path, controller.signal);
    asked.then(
      (value) => {
        if (controller.signal.aborted) return;
        remember(path, value);
        setFailed(undefined);
        redraw((n) => n + 1);
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        setFailed({ path, problem: problemOf(error) });
      },
    );
  }, [path]);

  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [reload]);

  const known = path === null ? undefined : seen.get(path);
  const { every } = options;
  useRefresh(reload, latest, typeof every === 'function' ? every(known?.value) : every);

  const problem = failed && failed.path === path ? failed.problem : undefined;
  return {
    value: known?.value as T | undefined,
    at: known?.at,
    problem,
    isLoading: path !== null && !known && !problem,
    reload,
  };
}

/** Reloads on events, on the clock, and when the page is looked at again. */
function useRefresh(reload: () => void, latest: { readonly current: DataOptions }, every: number | undefined): void {
  const state = useLiveState();
  const before = useRef(every);
  // What is asked more seldom from now on has just ended: its end is worth seeing.
  useEffect(() => {
    if (before.current !== every) reload();
    before.current = every;
  }, [every, reload]);
  useEffect(() => {
    if (state === 'paused') return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reload();
      }, gapMs);
    };
    const stop = live.subscribe((event) => {
      if (event.kind === 'refresh' || latest.current.on?.(event)) soon();
    });
    const ms = state === 'live' ? every : Math.min(every ?? pollMs, pollMs);
    const clock = ms === undefined ? undefined : setInterval(() => !document.hidden && reload(), ms);
    const shown = () => !document.hidden && reload();
    document.addEventListener('visibilitychange', shown);
    return () => {
      stop();
      clearTimeout(timer);
      clearInterval(clock);
      document.removeEventListener('visibilitychange', shown);
    };
  }, [state, every, reload, latest]);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(live.watch, () => live.state);
}

/** The answers of as many paths as somebody goes back to. */
function remember(path: string, value: unknown): void {
  seen.delete(path);
  seen.set(path, { value, at: new Date() });
  if (seen.size > 200) seen.delete(seen.keys().next().value ?? '');
}

export function problemOf(error: unknown): Problem {
  if (error instanceof CallFailed) return error.problem;
  const isLate = (error as Error)?.name === 'TimeoutError';
  return isLate
    ? {
        title: 'The hub takes too long',
        status: 0,
        detail: 'It did not answer within 30 s; it is asked again by itself.',
      }
    : { title: 'The console failed', status: 0, detail: error instanceof Error ? error.message : String(error) };
}
