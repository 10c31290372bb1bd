/** Why nothing new goes to a rail just now: each reason holds as long as somebody waits for it. */

export type PauseReason =
  /** Zeebe pushes back. */
  | 'zeebe'
  /** The tenant has its share of the rail under way. */
  | 'in-flight'
  /** The rail's circuit is open. */
  | 'circuit'
  /** Enough sub-batches are in hand: nothing more is fetched from Kafka. */
  | 'in-hand'
  /** The rail is closed at this hour. */
  | 'closed';

export type Pauses = {
  /** Somebody waits for this; to be called when they wait no more. */
  begin(reason: PauseReason): () => void;
  /** Reasons that hold now. */
  now(): ReadonlySet<PauseReason>;
};

/** `onEnd` hears of each pause once nobody waits for its reason any more, with its length; `onBegin` when it begins. */
export function createPauses(options: {
  readonly onBegin: (reason: PauseReason) => void;
  readonly onEnd: (reason: PauseReason, ms: number) => void;
  readonly now?: () => number;
}): Pauses {
  const { onBegin, onEnd, now = () => performance.now() } = options;
  const holding = new Map<PauseReason, { waiting: number; readonly since: number }>();
  return {
    begin(reason) {
      const pause = holding.get(reason) ?? { waiting: 0, since: now() };
      if (pause.waiting === 0) onBegin(reason);
      holding.set(reason, pause);
      pause.waiting += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        pause.waiting -= 1;
        if (pause.waiting > 0) return;
        holding.delete(reason);
        onEnd(reason, now() - pause.since);
      };
    },
    now: () => new Set(holding.keys()),
  };
}
