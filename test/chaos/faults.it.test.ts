/** A fixed seed on a stack of its own; only with CHAOS=1, as it takes minutes and all of the machine. */
import { expect, test } from 'vitest';
import { haveStackAlone } from '../turn.ts';
import { runChaos } from './main.ts';

const isWanted = process.env.CHAOS === '1';
if (isWanted) haveStackAlone();

test.runIf(isWanted)(
  'under the faults of a fixed seed nothing is lost, paid twice, changed or stuck',
  async () => {
    const { reports, errors } = await runChaos({ seeds: ['1'], rounds: 1, minutesMax: 1 });
    expect(errors).toEqual([]);
    expect(reports.map(({ findings, incidents }) => ({ findings, incidents }))).toEqual([
      { findings: [], incidents: [] },
    ]);
  },
  600_000,
);
