/** One rail run several times: instances beside each other, their terms, and a file of them that is changed while the hub runs. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { ledgerOf, openHub } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const file = process.env.RAILS_FILE!;
const before = await readFile(file, 'utf8');
afterAll(() => writeFile(file, before));

test('two wallets are two instances of one rail: each row is paid by the one that its mode names, in a currency that it takes', async () => {
  const tenant = await hub.aTenant();
  const rows = [
    aRow({ payment_mode: 'afrimoney', currency: 'SLE' }),
    aRow({ payment_mode: 'Orange', currency: 'XOF', amount: '1250' }),
    aRow({ payment_mode: 'gsma' }),
    aRow({ payment_mode: 'afrimoney', currency: 'USD' }),
    aRow({ payment_mode: 'orange-money', currency: 'SLE', ends: '0422' }),
    aRow({ payment_mode: 'afrimoney', currency: 'SLE', ends: '0504' }),
  ];
  const { batch_id: batchId, ...status } = await tenant.paid(csvOf(rows));
  expect(status).toMatchObject({ status: 'completed', total: 6, successful: 4, failed: 2 });
  const lines = await tenant.lines(batchId);
  expect(lines.map((line) => line.code)).toEqual(['', '', '', '400', '422', '']);
  expect(lines[3]!.description).toContain('currency is USD, which afrimoney does not take: write one of SLE');
  const ledger = await ledgerOf(
    batchId,
    rows.map((_, at) => at + 1),
    ['gsma', 'afrimoney', 'orange-money'],
  );
  const paid = [...ledger].filter(([, { executed }]) => executed === 1).map(([row, { rail }]) => [row, rail]);
  expect(Object.fromEntries(paid)).toEqual({ 1: 'afrimoney', 2: 'orange-money', 3: 'gsma', 6: 'afrimoney' });
});

test('an instance is added, opened and changed while the hub runs', async () => {
  const tenant = await hub.aTenant();
  const stranger = await hub.aTenant();
  const soon = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(new Date().getUTCDay() + 3) % 7];
  const closed = `windows: [{ days: [${soon}], from: "10:00", to: "11:00", timeZone: UTC }]`;
  await change(nightBank(`tenants: [${tenant.id}]`, closed));

  const refused = await stranger.paid(csvOf([aRow({ payment_mode: 'night-bank' })]));
  expect(refused).toMatchObject({ successful: 0, failed: 1 });
  expect((await stranger.lines(refused.batch_id))[0]!.description).toContain('a rail that is not open to you');

  const row = aRow({ payment_mode: 'night-bank' });
  const batchId = await tenant.accepted(csvOf([row]));
  await vi.waitFor(async () => expect((await tenant.subBatches(batchId))[0]?.status).toBe('dispatched'), patience);
  expect(await ledgerOf(batchId, [1], ['slcb'])).toEqual(new Map());
  await change(nightBank(`tenants: [${tenant.id}]`, 'limits: { timeout: 4s }'));
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 1 });
  expect((await ledgerOf(batchId, [1], ['slcb'])).get(1)).toMatchObject({ executed: 1 });

  await change('rails: nonsense', 'refused');
  expect(await tenant.paid(csvOf([aRow({ payment_mode: 'night-bank' })]))).toMatchObject({ successful: 1 });
});

test('an instance of type BULK pays its rows as one batch of the provider, and its callback settles them', async () => {
  const tenant = await hub.aTenant();
  const keys = ['url', 'api_key', 'client_id'].map((key) => `${key}: { env: RAIL_GSMA_${key.toUpperCase()} }`);
  await change(`${before.trimEnd()}\n  - { id: wages, rail: gsma, type: BULK, config: { ${keys.join(', ')} } }\n`);
  const rows = [
    aRow({ payment_mode: 'wages' }),
    aRow({ payment_mode: 'wages', ends: '0422' }),
    aRow({ payment_mode: 'wages', ends: '0404' }),
    aRow({ payment_mode: 'wages', payee_identifier_type: 'msisdn', amount: '0.75' }),
  ];
  const { batch_id: batchId, ...status } = await tenant.paid(csvOf(rows));
  expect(status).toMatchObject({ status: 'completed', successful: 2, failed: 2 });
  expect((await tenant.lines(batchId)).map(({ code }) => code)).toEqual(['', '422', '404', '']);
  expect((await tenant.subBatches(batchId)).map(({ rail, total }) => `${rail} ${total}`)).toEqual(['wages 4']);
  const ledger = await ledgerOf(batchId, [1, 2, 3, 4], ['gsma']);
  expect([1, 2, 3, 4].map((row) => ledger.get(row)?.executed)).toEqual([1, 0, 0, 1]);
});

const patience = { timeout: 100_000, interval: 200 };

/** Another bank behind the same door as slcb. */
function nightBank(...terms: readonly string[]): string {
  const keys = ['url', 'username', 'password', 'private_key', 'institution_code', 'currencies'];
  const config = keys.map((key) => `${key}: { env: RAIL_SLCB_${key.toUpperCase()} }`);
  const lines = ['id: night-bank', 'rail: slcb', ...terms, `config: { ${config.join(', ')} }`];
  return `${before.trimEnd()}\n  - ${lines.join('\n    ')}\n`;
}

/** Writes the file, and waits until each process has read it. */
async function change(text: string, end: 'taken' | 'refused' = 'taken'): Promise<void> {
  const doors = ['API_PORT', 'WORKERS_PORT', 'CONNECTORS_PORT'].map((name) => `http://127.0.0.1:${process.env[name]}`);
  const counts = await Promise.all(doors.map((door) => reloads(door, end)));
  await writeFile(file, text);
  await vi.waitFor(async () => {
    const now = await Promise.all(doors.map((door) => reloads(door, end)));
    expect(now.map((count, at) => count > counts[at]!)).toEqual([true, true, true]);
  }, patience);
}

async function reloads(door: string, end: string): Promise<number> {
  const text = await (await fetch(`${door}/metrics`)).text();
  return Number(new RegExp(`^tributary_reloads_total\\{.*end="${end}".*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}
