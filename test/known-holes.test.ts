import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';

/** The script with an npm of ours before the real one, that says `report` and ends with `code`. */
function lookUp(report: string, code: number) {
  const folder = mkdtempSync(join(tmpdir(), 'npm-'));
  const npm = join(folder, 'npm');
  writeFileSync(npm, `#!/bin/sh\ncat <<'END'\n${report}\nEND\nexit ${code}\n`);
  chmodSync(npm, 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const { status, stdout } = spawnSync('.ci/known-holes', { env, encoding: 'utf8' });
  return { status, stdout };
}

const reportOf = (vulnerabilities: object) => JSON.stringify({ metadata: { vulnerabilities } });

test('a package with a high or critical hole stops the build, a smaller one is told', () => {
  expect(lookUp(reportOf({ high: 1 }), 1)).toMatchObject({ status: 1, stdout: expect.stringContaining('1 high') });
  expect(lookUp(reportOf({ critical: 2 }), 1).status).toBe(1);
  expect(lookUp(reportOf({ moderate: 3 }), 1)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('3 moderate'),
  });
  expect(lookUp(reportOf({}), 0).status).toBe(0);
});

test('where nobody can be asked the build goes on and says that nothing was looked up', () => {
  for (const report of ['', '{"error":{"code":"ENOTFOUND"}}', 'npm error 405']) {
    expect(lookUp(report, 1)).toMatchObject({ status: 0, stdout: expect.stringContaining('not looked up') });
  }
});
