import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configuredFrom } from './configured.ts';
import type { RailDefinition } from './rail.ts';
import { createRailRegistry, instancesIn, openRailRegistry, rails } from './rails.ts';
import { slcb } from './slcb/rail.ts';

const toy: RailDefinition = {
  ...slcb,
  id: 'toy',
  paymentModes: ['toy', 'play'],
  columns: [{ name: 'toy_colour', description: 'its colour' }],
};

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rails-'));
  file = join(dir, 'rails.yaml');
});
afterEach(() => rm(dir, { recursive: true }));

test('the registry of the hub is sound: no two rails claim one id or mode', () => {
  const { all, modes } = createRailRegistry();
  expect(all.map(({ id, kind }) => [id, kind])).toEqual(rails.map(({ id }) => [id, id]));
  expect(modes).toContain('slcb');
});

test('a rail is found by its id and by its modes in any case', () => {
  const { byMode, byId } = createRailRegistry();
  expect(byMode('SLCB')?.id).toBe('slcb');
  expect(byId('slcb')?.id).toBe('slcb');
  expect(byMode('carrier-pigeon')).toBeUndefined();
  expect(byId('SLCB')).toBeUndefined();
});

test('a toy rail is one more line', () => {
  const registry = createRailRegistry([slcb, toy]);
  expect(registry.byMode('Play')?.id).toBe('toy');
  expect(registry.byId('toy')?.kind).toBe('toy');
  expect(registry.modes).toEqual(['slcb', 'toy', 'play']);
  expect(registry.columns.map(({ name }) => name)).toContain('toy_colour');
});

test('two rails that claim one id or one mode are refused', () => {
  expect(() => createRailRegistry([slcb, { ...toy, id: 'slcb' }])).toThrow('same id');
  expect(() => createRailRegistry([slcb, { ...toy, paymentModes: ['slcb'] }])).toThrow('same payment mode');
});

test('a file names the instances that there are, each with its own terms', async () => {
  await write(`
rails:
  - { id: slcb, rail: slcb }
  - id: second-bank
    rail: slcb
    paymentModes: [second-bank, sb]
    currencies: [SLE]
    tenants: [ministry]
    limits: { concurrency: 2, ratePerSecond: 5, maxBatch: 50, timeout: 45s, neverReceivedAfter: 10m }
    windows: [{ days: mon-fri, from: "08:00", to: "17:00", timeZone: Africa/Freetown }]
    columns: [{ name: branch, description: the branch that pays out }]
`);
  const [first, second] = instancesIn({ RAILS_FILE: file });
  expect(first).toMatchObject({ id: 'slcb', kind: 'slcb', paymentModes: slcb.paymentModes, windows: [] });
  expect(second).toMatchObject({
    ...{ id: 'second-bank', kind: 'slcb', type: 'BULK', paymentModes: ['second-bank', 'sb'] },
    ...{ currencies: ['SLE'], tenants: ['ministry'], neverReceivedAfterMs: 600_000 },
    limits: { concurrency: 2, ratePerSecond: 5, maxBatch: 50, timeoutMs: 45_000 },
    windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:00', timeZone: 'Africa/Freetown' }],
  });
  expect(second!.columns.map(({ name }) => name)).toEqual([...slcb.columns.map(({ name }) => name), 'branch']);
});

test('all that is wrong with a file is told at once, with the place and the cure', async () => {
  await write(`
rails:
  - { id: A, rail: slcb, tipe: BULK }
  - { id: bank, rail: slcb, currencies: [usd], limits: { concurrency: 0, timeout: long }, config: { password: hush } }
  - { id: late, rail: slcb, windows: [{ days: [monday], from: 8, to: "17:00", timeZone: Mars/Olympus }] }
`);
  const told = messageOf(() => instancesIn({ RAILS_FILE: file }));
  expect(told.split('\n').slice(1)).toEqual([
    '  rails[0] (A).tipe: is not known; there are id, rail, type, paymentModes, currencies, tenants, limits, windows, columns, config',
    '  rails[0] (A).id: write 2 to 32 small letters, digits and dashes, beginning with a letter',
    '  rails[1] (bank).currencies: write a list of ISO 4217 codes such as [SLE]',
    '  rails[1] (bank).limits.concurrency: write a whole number above 0',
    '  rails[1] (bank).limits.timeout: write a duration such as 30s',
    '  rails[1] (bank).config.password: is a secret and does not belong here: write { env: VARIABLE } or { file: PATH }',
    '  rails[2] (late).windows[0].days: write a list of days such as [mon, tue] or a span such as mon-fri',
    '  rails[2] (late).windows[0].timeZone: write an IANA name such as Africa/Freetown',
    '  rails[2] (late).windows[0].from: write a time in quotes, such as "08:00"',
  ]);
});

test('instances that cannot be are told: of no rail, of a type it has not, beyond its batch, twice', async () => {
  await write(`
rails:
  - { id: one, rail: pigeon }
  - { id: two, rail: slcb, type: PAYMENT, paymentModes: [xx] }
  - { id: three, rail: gsma, paymentModes: [xy], limits: { maxBatch: 2 } }
  - { id: three, rail: slcb, paymentModes: [xy] }
`);
  expect(
    messageOf(() => instancesIn({ RAILS_FILE: file }))
      .split('\n')
      .slice(1),
  ).toEqual([
    `  one: there is no rail pigeon; there are ${rails.map(({ id }) => id).join(', ')}`,
    '  two: the rail slcb is of type BULK, not PAYMENT',
    '  three: limits.maxBatch is 2, the rail gsma takes 1 at most',
    '  three: is the id of two instances',
    '  three and three: both claim the payment mode xy',
  ]);
});

test('a file that is not there or no YAML is told', async () => {
  expect(messageOf(() => instancesIn({ RAILS_FILE: join(dir, 'none') }))).toContain('RAILS_FILE cannot be read');
  await write('rails: [');
  expect(messageOf(() => instancesIn({ RAILS_FILE: file }))).toMatch(/RAILS_FILE is no YAML: .*line/);
  await write('{}');
  expect(messageOf(() => instancesIn({ RAILS_FILE: file }))).toContain('write a list with an entry for each rail');
});

test('secrets are read where the file says; what it leaves out comes from RAIL_<ID>_*', async () => {
  await writeFile(join(dir, 'key'), 'from the file\n');
  await write(`
rails:
  - id: orange-money
    rail: gsma
    config: { url: "https://orange.example/v1.2/mm", api_key: { file: ${join(dir, 'key')} }, client_id: { env: OUR_ID } }
`);
  const env = { RAILS_FILE: file, OUR_ID: 'hub', RAIL_ORANGE_MONEY_URL: 'http://x', RAIL_ORANGE_MONEY_MORE: 'y' };
  const [{ config, instance }] = configuredFrom(env, instancesIn(env)) as [ReturnType<typeof configuredFrom>[0]];
  expect(config).toEqual({
    ...{ url: 'https://orange.example/v1.2/mm', api_key: 'from the file', client_id: 'hub', more: 'y' },
  });
  expect(instance.id).toBe('orange-money');
  const without = messageOf(() => configuredFrom({}, instancesIn(env)));
  expect(without).toContain('orange-money: config.client_id: OUR_ID is not set');
});

test('a registry follows its file, and keeps what it had where the file is broken', async () => {
  await write('rails: [{ id: slcb, rail: slcb }]');
  const registry = openRailRegistry({ RAILS_FILE: file });
  expect(registry.byMode('afrimoney')).toBeUndefined();
  await write('rails: [{ id: slcb, rail: slcb }, { id: afrimoney, rail: gsma }]');
  registry.reload();
  expect(registry.byMode('afrimoney')?.kind).toBe('gsma');
  await write('rails: nonsense');
  expect(() => registry.reload()).toThrow('RAILS_FILE is not usable');
  expect(registry.modes).toEqual(['slcb', 'afrimoney']);
});

const write = (text: string) => writeFile(file, text);

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it did not fail');
}
