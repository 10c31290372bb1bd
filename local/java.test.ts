import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installedJava } from './java.ts';

function aJava(folder: string, name: string, version: string): string {
  const home = join(folder, name);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'java'), '');
  writeFileSync(join(home, 'release'), `IMPLEMENTOR="Somebody"\nJAVA_VERSION="${version}"\n`);
  return home;
}

test('takes the first Java from 21 to 25: JAVA_HOME, PATH, then the installed ones', () => {
  const folder = mkdtempSync(join(tmpdir(), 'java-'));
  const installed = join(folder, 'jvm');
  const old = aJava(installed, 'a-17', '17.0.9');
  const fitting = aJava(installed, 'b-21', '21.0.2');
  const own = aJava(folder, 'mine', '25');
  expect(installedJava({ JAVA_HOME: own }, installed)).toEqual({ home: own, version: 25 });
  expect(installedJava({ JAVA_HOME: old }, installed)).toEqual({ home: fitting, version: 21 });
});

test('finds none among those too old or too new, and none when the download is asked for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'java-'));
  aJava(folder, 'old', '17.0.9');
  const young = aJava(folder, 'young', '26-ea');
  expect(installedJava({ JAVA_HOME: young }, folder)).toBeUndefined();
  expect(installedJava({ JAVA_HOME: aJava(folder, 'good', '25.0.1'), JAVA_FROM: 'pypi' }, folder)).toBeUndefined();
});
