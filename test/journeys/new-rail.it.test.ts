/** Adding a rail is a folder and one line: done to a copy of the hub, which then runs in the hub's place. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LedgerEntry } from '../../connectors/simulator.ts';
import { endToEndIdOf } from '../../domain/ids.ts';
import { createStack } from '../../local/stack.ts';
import { openHub } from '../hub.ts';
import { anIdentifier, aRow, csvOf } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const run = promisify(execFile);
const stack = createStack({ profile: 'test' });
const hubProcesses = ['simulators', 'workers', 'connectors', 'api'] as const;
let copy = '';

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'tributary-new-rail-'));
  const { include } = JSON.parse(await readFile('tsconfig.build.json', 'utf8')) as { include: string[] };
  const parts = [...include, 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const part of parts.filter((name) => existsSync(name))) {
    await cp(part, join(copy, part), { recursive: true });
  }
  await symlink(resolve('node_modules'), join(copy, 'node_modules'));
  await addRail('toy');
  await run('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { cwd: copy }).catch((error) => {
    throw new Error(`the copy with the new rail was not built:\n${error.stdout}`, { cause: error });
  });
  for (const name of [...hubProcesses].reverse()) await stack.stop(name);
  await stackOfCopy('up', '--only', hubProcesses.join(','));
});

afterAll(async () => {
  await stackOfCopy('down');
  await stack.up();
  await rm(copy, { recursive: true });
});

test('the new rail pays its rows beside the others, is asked when it does not answer, and refuses in its own words', async () => {
  const tenant = await hub.aTenant();
  const rows = [
    aRow({ payment_mode: 'toy' }),
    aRow({ payment_mode: 'slcb' }),
    aRow({ payment_mode: 'MARBLES', amount: '0.75' }),
    aRow({ payment_mode: 'toy', ends: '0422' }),
    aRow({ payment_mode: 'toy', ends: '0504', payer_identifier: anIdentifier() }),
    aRow({ payment_mode: 'toy', ends: '0203', payer_identifier: anIdentifier() }),
    aRow({ payment_mode: 'gsma' }),
  ];
  const { batch_id: batchId, ...status } = await tenant.paid(csvOf(rows));
  expect(status).toMatchObject({ status: 'completed', total: 7, successful: 6, failed: 1 });
  const lines = await tenant.lines(batchId);
  expect(lines.map((line) => line.status)).toEqual(rows.map((_, at) => (at === 3 ? 'FAILURE' : 'SUCCESS')));
  expect(lines[3]).toMatchObject({ code: '422', description: expect.stringMatching(/No such game$/) });
  expect((await tenant.subBatches(batchId)).map(({ rail, total }) => `${rail} ${total}`).sort()).toEqual([
    ...['gsma 1', 'slcb 1', 'toy 5'],
  ]);
  const ledger = await toyLedger(batchId, rows.length);
  expect(ledger.map((entry) => entry?.executed)).toEqual([1, undefined, 1, 0, 1, 1, undefined]);
  expect(ledger[2]).toMatchObject({ amount: '0.75', currency: 'USD', payee: rows[2]?.payee_identifier });
});

test('its column is in the template and allowed in files', async () => {
  const tenant = await hub.aTenant();
  const { text } = await tenant.call('/template?types=TOY');
  expect(text.trim()).toBe(`${csvOf([]).trim()},toy_box`);
  const [header, row] = csvOf([aRow({ payment_mode: 'toy' })])
    .trimEnd()
    .split('\n');
  const status = await tenant.paid(`${header},toy_box\n${row},red\n`);
  expect(status).toMatchObject({ status: 'completed', successful: 1 });
});

/** The folder, and the one line: its name in the list, which an editor imports. */
async function addRail(id: string): Promise<void> {
  await cp(`test/${id}`, join(copy, 'connectors', id), { recursive: true });
  const registry = join(copy, 'connectors', 'rails.ts');
  const before = await readFile(registry, 'utf8');
  const after = before.replace(/(readonly RailDefinition\[\] = \[.*)\];/, `$1, ${id}];`);
  expect(after).not.toBe(before);
  await writeFile(registry, `import { ${id} } from './${id}/rail.ts';\n${after}`);
}

/** The copy's own stack, with the ports, keys and servers of ours, and a list of its own of the rails that there are. */
function stackOfCopy(...command: string[]) {
  return run(process.execPath, ['dist/local/main.js', ...command], {
    cwd: copy,
    env: { ...process.env, PROFILE: 'test', RAILS_FILE: '' },
  });
}

async function toyLedger(batchId: string, rows: number): Promise<(LedgerEntry | undefined)[]> {
  const { stdout } = await stackOfCopy('env');
  const url = /^RAIL_TOY_URL=(.*)$/m.exec(stdout)?.[1];
  const ids = Array.from({ length: rows }, (_, at) => endToEndIdOf(batchId, at + 1));
  const text = await (await fetch(`${url}/_ledger?ids=${ids.join(',')}`)).text();
  const entries = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
  return ids.map((id) => entries.find((entry) => entry.id === id));
}
