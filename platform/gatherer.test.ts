import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGatherer } from './gatherer.ts';

const everyMs = 10;

describe('gatherer', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A gatherer whose commands are written down; `n` is answered with `-n`. */
  function aGatherer({ max = 100, tookMs = 0 } = {}) {
    const commands: { readonly at: number; readonly asked: readonly number[] }[] = [];
    const gather = createGatherer<number, number>(
      async (asked) => {
        commands.push({ at: performance.now(), asked });
        await new Promise((done) => setTimeout(done, tookMs));
        if (asked.some(Number.isNaN)) throw new Error('the server is away');
        return asked.map((n) => -n);
      },
      { everyMs, max },
    );
    return { gather, commands };
  }

  test('questions of one turn of the event loop go together, at once after a quiet time', async () => {
    const { gather, commands } = aGatherer();
    const startedAt = performance.now();
    const answers = Promise.all([gather(1), Promise.resolve().then(() => gather(2)), gather(3)]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answers).toEqual([-1, -2, -3]);
    expect(commands).toEqual([{ at: startedAt, asked: [1, 3, 2] }]);
  });

  test('those that follow soon wait for each other', async () => {
    const { gather, commands } = aGatherer();
    const answers = [gather(1)];
    await vi.advanceTimersByTimeAsync(3);
    answers.push(gather(2));
    await vi.advanceTimersByTimeAsync(3);
    answers.push(gather(3));
    await vi.advanceTimersByTimeAsync(everyMs);
    expect(await Promise.all(answers)).toEqual([-1, -2, -3]);
    expect(commands.map(({ asked }) => asked)).toEqual([[1], [2, 3]]);
  });

  test('a command that hangs holds up no later question', async () => {
    const { gather, commands } = aGatherer({ tookMs: 60_000 });
    void gather(1);
    await vi.advanceTimersByTimeAsync(1);
    void gather(2);
    await vi.advanceTimersByTimeAsync(everyMs);
    expect(commands.map(({ asked }) => asked)).toEqual([[1], [2]]);
  });

  test('as many as one command may carry leave without waiting', async () => {
    const { gather, commands } = aGatherer({ max: 2 });
    const answers = [gather(1)];
    await vi.advanceTimersByTimeAsync(1);
    answers.push(gather(2), gather(3), gather(4));
    expect(commands.map(({ asked }) => asked)).toEqual([[1], [2, 3]]);
    await vi.advanceTimersByTimeAsync(2 * everyMs);
    expect(await Promise.all(answers)).toEqual([-1, -2, -3, -4]);
  });

  test('an answer too few is told to every asker instead of shifting answers', async () => {
    const gather = createGatherer(async (asked: readonly number[]) => asked.slice(1));
    const heard = Promise.allSettled([gather(1), gather(2)]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await heard).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a throw before the first await is heard like any other', async () => {
    const gather = createGatherer<number, number>(() => {
      throw new Error('no');
    });
    const heard = Promise.allSettled([gather(1)]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await heard).toMatchObject([{ status: 'rejected', reason: new Error('no') }]);
  });

  test('whatever the order: each hears its own answer, from a command that began after it asked; failures reach their askers alone', async () => {
    const asking = fc.record({ pauseMs: fc.nat(15), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(asking, { maxLength: 40 }), fc.nat(30), fc.integer({ min: 1, max: 5 }), play),
    );

    async function play(askings: readonly { pauseMs: number; fails: boolean }[], tookMs: number, max: number) {
      const begun: { readonly after: number; readonly asked: readonly string[] }[] = [];
      let asked = 0;
      const gather = createGatherer<string, string>(
        async (questions) => {
          begun.push({ after: asked, asked: questions });
          await new Promise((done) => setTimeout(done, tookMs));
          if (questions.some((question) => question.endsWith('!'))) throw new Error(questions.join());
          return questions.map((question) => `to ${question}`);
        },
        { everyMs, max },
      );
      const heard: Promise<PromiseSettledResult<string>[]>[] = [];
      const questions = askings.map(({ fails }, i) => `${i}${fails ? '!' : ''}`);
      for (const [i, { pauseMs }] of askings.entries()) {
        await vi.advanceTimersByTimeAsync(pauseMs);
        asked = i + 1;
        heard.push(Promise.allSettled([gather(questions[i]!)]));
      }
      await vi.advanceTimersByTimeAsync(100);
      const endings = (await Promise.all(heard)).flat();
      expect(begun.flatMap((command) => command.asked)).toEqual(questions);
      for (const { asked: together, after } of begun) {
        expect(together.length).toBeLessThanOrEqual(max);
        const failed = together.some((question) => question.endsWith('!'));
        for (const question of together) {
          const i = questions.indexOf(question);
          expect(after).toBeGreaterThan(i);
          if (failed) expect(endings[i]).toMatchObject({ status: 'rejected', reason: new Error(together.join()) });
          else expect(endings[i]).toEqual({ status: 'fulfilled', value: `to ${question}` });
        }
      }
    }
  });
});
