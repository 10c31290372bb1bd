import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { checkKnown, createTap, readChecksums } from './checksums.ts';
import { hashOf } from './stand.ts';

const sent = (headers: Record<string, string>) => readChecksums({ headers } as unknown as IncomingMessage);

test('a digest is read as hex or base64, and unknown algorithms are left alone', () => {
  const hex = hashOf('sha256', 'x');
  const base64 = hashOf('sha256', 'x', 'base64');
  for (const text of [hex, hex.toUpperCase(), base64]) {
    expect(sent({ 'x-checksum-sha256': text }).file[0]!.digest.toString('hex')).toBe(hex);
  }
  const { body } = sent({ 'content-digest': `unixsum=:AA==:, sha-256=:${base64}:` });
  expect(body.map(({ algorithm }) => algorithm)).toEqual(['sha256']);
});

test.each([
  ['content-md5', 'abc'],
  ['content-digest', 'sha-256=abc'],
  ['content-digest', 'sha-256=:abc:'],
  ['x-checksum-md5', hashOf('sha256', 'x')],
])('%s: %s is misshapen', (name, value) => {
  expect(() => sent({ [name]: value })).toThrow(/digest|RFC 9530/);
});

test('bytes that passed are compared, in whatever pieces they came', () => {
  const tap = createTap(['md5', 'sha256']);
  for (const piece of ['pay', '', 'roll']) tap.update(Buffer.from(piece));
  const { file } = sent({
    'x-checksum-md5': hashOf('md5', 'payroll'),
    'x-checksum-sha256': hashOf('sha256', 'payroll'),
  });
  tap.check(file, 'the file');
  const wrong = sent({ 'x-checksum-md5': hashOf('md5', 'x') }).file;
  expect(() => tap.check(wrong, 'the file')).toThrow(/X-Checksum-MD5 is not the checksum of the file/);
  const known = { md5: hashOf('md5', 'payroll'), sha256: hashOf('sha256', 'payroll') };
  checkKnown(file, known, 'the file');
  expect(() => checkKnown(wrong, known, 'the file')).toThrow(/X-Checksum-MD5/);
});
