/**
 * How many instances may be on their way to the rail at once: more while Zeebe keeps up, fewer as soon as it pushes back or
 * lets jobs wait (AIMD). One tenant alone in the hub has a limit of its own and may let jobs wait for longer: many at once
 * cost less each, and nobody waits behind them. As soon as somebody else is there, few are: each step waits behind all of them.
 */
import { createRoundRobin } from '../platform/round-robin.ts';

export type Throttle = {
  /**
   * Runs `start` when there is room, one of each share in turn; a push-back is told, waited out and tried again.
   * What was started with a `hold` keeps its place until `release`, or until it is sure that another process took it on.
   */
  run<T>(start: () => Promise<T>, isPushBack: (error: unknown) => boolean, how?: Start): Promise<T>;
  release(hold: string): void;
  /** Hears how long a job was ready before anybody took it: a long wait means that more was started than is worked off. */
  jobWaited(ms: number): void;
  readonly limit: () => number;
};

export type Start = { readonly share?: string; readonly hold?: string };

export type ThrottleOptions = {
  readonly min: number;
  readonly max: number;
  /** The least while one share is alone; `min` unless said. */
  readonly aloneMin?: number;
  /** Whether others than these shares have work in the hub that has not come here yet. */
  readonly hasOthers?: (shares: ReadonlySet<string>) => boolean;
  readonly sleep: (ms: number) => Promise<void>;
  /** A job that waited longer than this slows the starts down, while there are several shares. */
  readonly jobWaitMaxMs?: number;
  /** The same while one share is alone; `jobWaitMaxMs` unless said. */
  readonly jobWaitAloneMaxMs?: number;
  /** Told when Zeebe begins to push back, and when it takes everything again. */
  readonly onPushedBack?: (isPushedBack: boolean) => void;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
  readonly random?: () => number;
};

/** Nobody says when another process takes a job of ours: it took it if nothing was heard for so many times the usual while. */
const usuallyTimes = 4;
const heldAtLeastMs = 3_000;

/** Whoever had nothing under way or waiting for so long is not counted among the shares any more. */
const sharedMs = 2_000;

/** One more at once for four rounds that went well: what a start brings about is seen a while after it only. */
const growth = 0.25;
/** Push-backs of one moment count once. */
const pushBackPauseMs = 100;

export function createThrottle(options: ThrottleOptions): Throttle {
  const { min, max, jobWaitMaxMs = Number.POSITIVE_INFINITY, jobWaitAloneMaxMs = jobWaitMaxMs } = options;
  const { random = Math.random, now = () => performance.now(), aloneMin = min, hasOthers = () => false } = options;
  const queue = createRoundRobin<() => void>();
  /** Whose places are held and since when, oldest first. */
  const holds = new Map<string, { readonly share: string; readonly since: number }>();
  /** Places taken, held ones included. */
  const taken = new Map<string, number>();
  /** When each share last gave a place back. */
  const lastAt = new Map<string, number>();
  const alone = { least: aloneMin, limit: aloneMin };
  const shared = { least: min, limit: min };
  let usualMs = 500;
  let total = 0;
  let pushedBack = 0;
  let timer: NodeJS.Timeout | undefined;
  let slowedAt = Number.NEGATIVE_INFINITY;

  function enter(share: string): Promise<void> {
    return new Promise((admit) => {
      queue.push(share, admit);
      admitSome();
    });
  }

  function admitSome(): void {
    if (queue.size() === 0) return;
    const others = sharesNow();
    for (let admit = queue.shift(others); admit; admit = queue.shift(others)) admit();
    if (queue.size() > 0 && holds.size > 0) lookAgain();
  }

  /** Whether a share may have a place: there is room, or others had taken its part before it came. */
  function sharesNow(): (share: string) => boolean {
    const shares = sharing();
    const { limit } = limitOf(shares);
    const part = Math.max(1, Math.floor(limit / Math.max(1, shares.size)));
    return (share) => {
      const mayHave = total < Math.floor(limit) || ((taken.get(share) ?? 0) < part && total < 2 * max);
      if (mayHave) take(share);
      return mayHave;
    };
  }

  function limitOf(shares: ReadonlySet<string>) {
    return shares.size > 1 || hasOthers(shares) ? shared : alone;
  }

  function sharing(): ReadonlySet<string> {
    const since = now() - sharedMs;
    for (const [share, at] of lastAt) if (at < since) lastAt.delete(share);
    return new Set([...taken.keys(), ...queue.shares(), ...lastAt.keys()]);
  }

  function take(share: string): void {
    total += 1;
    taken.set(share, (taken.get(share) ?? 0) + 1);
  }

  function giveBack(share: string): void {
    total -= 1;
    const left = (taken.get(share) ?? 1) - 1;
    if (left > 0) taken.set(share, left);
    else taken.delete(share);
    lastAt.set(share, now());
  }

  function endHold(hold: string): { readonly since: number } | undefined {
    const held = holds.get(hold);
    if (held) {
      holds.delete(hold);
      giveBack(held.share);
    }
    return held;
  }

  /** A limit that nobody comes near proves nothing by not being passed. */
  function grow(): void {
    const one = limitOf(sharing());
    if (total + 1 >= Math.floor(one.limit)) one.limit = Math.min(max, one.limit + growth / one.limit);
  }

  function releaseOld(): void {
    const before = now() - Math.max(heldAtLeastMs, usuallyTimes * usualMs);
    for (const [hold, { since }] of holds) {
      if (since > before) return;
      endHold(hold);
    }
  }

  /** Also without a word from anybody, places that nobody will release come free. */
  function lookAgain(): void {
    if (timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      releaseOld();
      admitSome();
    }, 500);
  }

  function slowDown(which: readonly (typeof shared)[], factor: number, pauseMs: number): void {
    if (now() - slowedAt < pauseMs) return;
    slowedAt = now();
    for (const one of which) one.limit = Math.max(one.least, one.limit * factor);
  }

  function notePushBacks(count: number): void {
    const was = pushedBack;
    pushedBack = Math.min(max, Math.max(0, count));
    if (was > 0 !== pushedBack > 0) options.onPushedBack?.(pushedBack > 0);
  }

  return {
    limit: () => Math.floor(limitOf(sharing()).limit),
    jobWaited(ms) {
      const one = limitOf(sharing());
      const maxMs = one === shared ? jobWaitMaxMs : jobWaitAloneMaxMs;
      if (ms > maxMs) slowDown([one], 0.7, 2 * maxMs);
    },
    release(hold) {
      const held = endHold(hold);
      if (!held) return;
      usualMs += (now() - held.since - usualMs) / 16;
      admitSome();
    },
    async run(start, isPushBack, { share = '', hold } = {}) {
      for (let tries = 0; ; tries += 1) {
        await enter(share);
        // Its first job may be taken before the answer is here.
        if (hold !== undefined) holds.set(hold, { share, since: now() });
        try {
          const made = await start();
          grow();
          notePushBacks(pushedBack - 1);
          return made;
        } catch (error) {
          if (hold !== undefined) endHold(hold);
          if (!isPushBack(error)) throw error;
          slowDown([alone, shared], 0.5, pushBackPauseMs);
          notePushBacks(pushedBack + 1);
        } finally {
          if (hold === undefined) giveBack(share);
          admitSome();
        }
        await options.sleep(Math.min(2_000, 20 * 2 ** Math.min(tries, 7)) * (0.5 + random() / 2));
      }
    },
  };
}
