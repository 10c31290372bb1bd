import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

function aFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'secret');
  writeFileSync(file, text);
  return file;
}

test('a secret may stand in a file, whose last line end is not part of it', () => {
  const reader = readConfig({ HUB_SECRET_FILE: aFile('s3cret\n'), RAIL_SLCB_API_KEY_FILE: aFile('k') });
  expect(reader.text('HUB_SECRET', 'a secret')).toBe('s3cret');
  expect(reader.under('RAIL_SLCB_')).toMatchObject({ api_key: 'k' });
  reader.done();
});

test('variables of others, which nobody asks for, are left alone', () => {
  const reader = readConfig({ SOME_TOOL_FILE: '/nowhere', SOME_TOOL: 'x' });
  expect(reader.optional('HUB_SECRET')).toBeUndefined();
  expect(() => reader.done()).not.toThrow();
});

test('a file that cannot be read is told by its name, without what stands in it', () => {
  const reader = readConfig({ HUB_SECRET_FILE: '/nowhere/secret' });
  reader.optional('HUB_SECRET');
  expect(() => reader.done()).toThrow(/HUB_SECRET_FILE names no file that can be read \(ENOENT\)/);
});

test('twice is once too often, and no value is told', () => {
  const reader = readConfig({ HUB_SECRET: 'one', HUB_SECRET_FILE: aFile('two') });
  reader.optional('HUB_SECRET');
  expect(() => reader.done()).toThrow(/HUB_SECRET and HUB_SECRET_FILE are both set/);
  expect(() => reader.done()).toThrow(/^((?!'?two|: one)[\s\S])*$/);
});
