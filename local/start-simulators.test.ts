import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { slcb } from '../connectors/slcb/rail.ts';
import { silentLog } from '../platform/log.ts';
import { placesOf, startSimulators } from './start-simulators.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'simulators-'));
});
afterEach(() => rm(dir, { recursive: true }));

const slcbEnv = () => {
  const config = Object.entries(slcb.localConfig!()).map(([key, value]) => [`RAIL_SLCB_${key.toUpperCase()}`, value]);
  return { SIMULATORS_DIR: dir, SIMULATOR_SLCB_PORT: '0', ...Object.fromEntries(config) } as Record<string, string>;
};

test('every rail of the registry gets its port, its folder and its config', () => {
  const toy = { ...slcb, id: 'toy' };
  const env = { SIMULATORS_DIR: '/data', SIMULATOR_TOY_PORT: '8109', RAIL_TOY_USERNAME: 'u', RAIL_OTHER_USERNAME: 'v' };
  expect(placesOf(env, [toy])).toEqual([{ rail: toy, port: 8109, dir: '/data/toy', config: { username: 'u' } }]);
});

test('what is missing is told all at once', () => {
  expect(() => placesOf({}, [slcb])).toThrow(/SIMULATORS_DIR[\s\S]*SIMULATOR_SLCB_PORT/);
});

test('a simulator that is started says that it is ready', async () => {
  const [simulator] = await startSimulators(placesOf(slcbEnv(), [slcb]), silentLog);
  expect((await fetch(`${simulator!.url}/health/ready`)).status).toBe(200);
  await simulator!.close();
});

test('where one cannot start, none stays', async () => {
  const broken = { ...slcb, id: 'broken', simulate: () => Promise.reject(new Error('no')) };
  const env = { ...slcbEnv(), SIMULATOR_BROKEN_PORT: '0' };
  await expect(startSimulators(placesOf(env, [slcb, broken]), silentLog)).rejects.toThrow('the simulator of broken');
});
