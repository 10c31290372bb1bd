/** What changed, as it changes: one event stream for the whole page, reopened when it breaks, with polling where it does. */
import { answered } from './call.ts';
import { createEventParser, type StreamEvent } from './event-stream.ts';

export type LiveState = 'connecting' | 'live' | 'polling' | 'paused';
type Listener = (event: StreamEvent) => void;

const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
let state: LiveState = 'connecting';
let open: AbortController | undefined;

export const live = {
  get state(): LiveState {
    return state;
  },

  /** Tells of every event until the answer is called. */
  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },

  watch(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  },

  start(): void {
    if (open) return;
    open = new AbortController();
    void run(open.signal);
  },

  /** Nothing on the page changes by itself until it is started again. */
  pause(): void {
    open?.abort();
    open = undefined;
    set('paused');
  },

  resume(): void {
    set('connecting');
    live.start();
    tell({ kind: 'refresh', data: { why: 'resumed' } });
  },
};

async function run(signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await read(signal, lastId, (event) => {
        failures = 0;
        lastId = event.id ?? lastId;
        tell(event);
      });
    } catch {
      // What was missed is asked for by polling meanwhile.
    }
    if (signal.aborted) return;
    set('polling');
    await pause(Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2), signal);
  }
}

/** Reads until the stream ends. */
async function read(signal: AbortSignal, lastId: string | undefined, take: Listener): Promise<void> {
  const headers = { Accept: 'text/event-stream', ...(lastId ? { 'Last-Event-ID': lastId } : {}) };
  const response = await answered('/api/v1/events', { signal, headers, cache: 'no-store' });
  set('live');
  const feed = createEventParser(take);
  const decoder = new TextDecoder();
  const reader = response.body!.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    feed(decoder.decode(part.value, { stream: true }));
  }
}

function tell(event: StreamEvent): void {
  for (const listener of listeners) listener(event);
}

function set(next: LiveState): void {
  if (state === next) return;
  state = next;
  for (const watcher of watchers) watcher();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
