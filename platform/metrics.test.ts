import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createMetrics, kept } from './metrics.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('every number of the hub stands in docs/operating.md with what to do, and nothing else does', () => {
  const page = readFileSync(join(root, 'docs/operating.md'), 'utf8');
  const section = page.split('\n## Numbers\n')[1]!.split('\n## ')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| `tributary_'));
  const documented = rows.map((line) => line.split('`')[1]!);
  expect(documented.sort()).toEqual(
    [...new Set(['api', 'workers', 'connectors', 'monitoring'].flatMap(namesIn))].sort(),
  );
  for (const row of rows) {
    const cells = row.split('|').slice(1, -1);
    expect(cells).toHaveLength(5);
    for (const cell of cells.slice(3)) expect(cell.trim().length, row).toBeGreaterThan(2);
  }
});

test('a number that cannot be read leaves the others readable', async () => {
  const metrics = createMetrics('test');
  metrics.gauge('broken', 'fails', () => Promise.reject(new Error('no database')));
  metrics.gauges('broken_too', 'fails', ['of'], () => Promise.reject(new Error('no database')));
  metrics.gauge('fine', 'works', async () => 3);
  const text = await metrics.text();
  expect(text).toMatch(/^broken\{service="test"\} Nan$/im);
  expect(text).toMatch(/^fine\{service="test"\} 3$/m);
});

test('what is kept is read once for all who ask within its time, and again after a failure', async () => {
  let at = 0;
  let reads = 0;
  const read = kept(
    async () => {
      reads += 1;
      if (reads === 2) throw new Error('no database');
      return reads;
    },
    1_000,
    () => at,
  );
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  at = 1_500;
  await expect(read()).rejects.toThrow('no database');
  expect(await read()).toBe(3);
});

/** Names as the sources write them. */
function namesIn(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => readFileSync(join(root, folder, file), 'utf8').match(/(?<=')tributary_\w+(?=')/g) ?? []);
}
