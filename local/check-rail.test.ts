import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instancesOf } from '../connectors/instances.ts';
import { rails } from '../connectors/rails.ts';
import type { Simulator } from '../connectors/simulator.ts';
import { parseMoney } from '../domain/money.ts';
import { silentLog } from '../platform/log.ts';
import { checkRail, type Trial } from './check-rail.ts';

const specs = [
  { id: 'slcb', rail: 'slcb' },
  { id: 'mojaloop', rail: 'mojaloop' },
  { id: 'afrimoney', rail: 'gsma' },
  { id: 'wallets', rail: 'gsma', type: 'BULK' },
  { id: 'only-sle', rail: 'gsma', currencies: ['SLE'] },
] as const;
const instances = instancesOf(rails, specs, 'the test');

let dir: string;
let simulator: Simulator | undefined;
let said: string[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'check-'));
  said = [];
});
afterEach(async () => {
  await simulator?.close();
  await rm(dir, { recursive: true });
});

async function check(id: string, more: Partial<Trial> = {}): Promise<boolean> {
  const instance = instances.find((each) => each.id === id)!;
  const config = { latems: '100', callback_ms: '20', ...instance.localConfig?.() };
  simulator = await instance.simulate({ port: 0, dir, config });
  const trial: Trial = {
    payer: { type: 'accountNumber', id: '003001003874120160' },
    payee: { type: 'accountNumber', id: '92754902740001' },
    ...{
      amount: parseMoney('1', 'USD'),
      extra: {},
      callbackBaseUrl: 'http://127.0.0.1:9',
      secret: 's',
      log: silentLog,
    },
    ...{ mayPay: async () => true, say: (line: string) => void said.push(line), askEveryMs: 20, ...more },
  };
  return checkRail({ instance, config: { ...config, url: simulator.url } }, trial);
}

const ledger = async () => (await (await fetch(`${simulator!.url}/_ledger`)).text()).trim();

test.each(['slcb', 'mojaloop', 'afrimoney', 'wallets'])(
  '%s is looked up and paid one unit, and each step is told',
  async (id) => {
    expect(await check(id), said.join('\n')).toBe(true);
    const text = said.join('\n');
    expect(text).toMatch(/health: well[\s\S]*look-up of accountNumber …0001: found[\s\S]*=> completed/);
    expect(text).not.toMatch(/92754902740001|003001003874120160/);
    expect(JSON.parse(await ledger())).toMatchObject({ executed: 1 });
  },
);

test('whoever does not agree pays nothing', async () => {
  expect(await check('afrimoney', { mayPay: async () => false })).toBe(false);
  expect(await ledger()).toBe('');
});

test('a payee who is not there, a party that the rail cannot carry, and a currency that it does not take are told, and nothing is paid', async () => {
  expect(await check('afrimoney', { payee: { type: 'msisdn', id: '88374610404' } })).toBe(false);
  expect(said.at(-1)).toContain('notFound');
  await simulator!.close();
  expect(await check('afrimoney', { payer: { type: 'mosip', id: '1234567' } })).toBe(false);
  expect(said.at(-1)).toContain('the hub would refuse the row: payer_identifier_type');
  await simulator!.close();
  expect(await check('only-sle')).toBe(false);
  expect(said.at(-1)).toContain('USD is not among its currencies (SLE)');
  expect(await ledger()).toBe('');
});

test('a refusal is told in the rail’s own words', async () => {
  expect(await check('mojaloop', { payee: { type: 'accountNumber', id: '92754902740422' } })).toBe(false);
  expect(said.at(-1)).toMatch(/^=> rejected, .*5104/);
});
