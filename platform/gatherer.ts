/** Answers many small questions that come close together with one larger one, so that a command's fixed cost is paid once for all. */

export type Gatherer<Q, A> = (question: Q) => Promise<A>;

/**
 * `work` answers in the order of its questions, and begins only after each of them was asked: nothing older is ever handed out.
 * When it throws, each of its askers hears the error. A question after a quiet time goes at once, with all of the same turn of
 * the event loop; those that follow within `everyMs` go together when that time is over, or as soon as they are `max`.
 */
export function createGatherer<Q, A>(
  work: (questions: readonly Q[]) => Promise<readonly A[]>,
  { everyMs = 10, max = 200 }: { readonly everyMs?: number; readonly max?: number } = {},
): Gatherer<Q, A> {
  type Asker = { readonly question: Q; resolve(answer: A): void; reject(error: unknown): void };
  let waiting: Asker[] = [];
  let leftAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;

  function plan(): void {
    const inMs = leftAt + everyMs - performance.now();
    if (inMs <= 0) {
      const turn = setImmediate(leave);
      cancel = () => clearImmediate(turn);
    } else {
      const timer = setTimeout(leave, inMs);
      cancel = () => clearTimeout(timer);
    }
  }

  function leave(): void {
    cancel?.();
    cancel = undefined;
    leftAt = performance.now();
    const askers = waiting;
    waiting = [];
    answer(askers).catch((error: unknown) => {
      for (const { reject } of askers) reject(error);
    });
  }

  async function answer(askers: readonly Asker[]): Promise<void> {
    const answers = await work(askers.map(({ question }) => question));
    if (answers.length !== askers.length) {
      throw new RangeError(`${askers.length} questions were gathered and ${answers.length} answered`);
    }
    askers.forEach(({ resolve }, i) => void resolve(answers[i]!));
  }

  return (question) =>
    new Promise<A>((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (waiting.length >= max) leave();
      else if (!cancel) plan();
    });
}
