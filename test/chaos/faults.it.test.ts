/** One round of a fixed seed on a stack of its own, while nothing else runs: every kind of fault, everything that people do. */
import { expect, test } from 'vitest';
import { haveStackAlone } from '../turn.ts';
import { runChaos } from './main.ts';
import { faultKinds } from './schedule.ts';
import { defaultPortOffset } from './world.ts';

haveStackAlone();

test('under the faults of a fixed seed nothing is lost, paid twice, changed or stuck', async () => {
  // Beside the stack of the other tests.
  const portOffset = process.env.PORT_OFFSET ? Number(process.env.PORT_OFFSET) + 400 : defaultPortOffset;
  const { reports, errors } = await runChaos({ seeds: ['1'], rounds: 1, minutesMax: 1, portOffset });
  expect(errors).toEqual([]);
  expect(reports.map(({ findings, incidents }) => ({ findings, incidents }))).toEqual([
    { findings: [], incidents: [] },
  ]);
  const struck = Object.keys(reports[0]!.faults).join('\n');
  expect(faultKinds.filter((kind) => !struck.includes(kind))).toEqual([]);
}, 900_000);
