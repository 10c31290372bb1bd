import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentOf } from './environment.ts';
import { portsOf } from './ports.ts';
import { profileOf } from './profile.ts';
import { secretsOf } from './secrets.ts';

const newProfile = () => profileOf('test', mkdtempSync(join(tmpdir(), 'environment-')));

test('tells hub processes where everything listens', () => {
  const profile = newProfile();
  const environment = environmentOf(profile, portsOf('local', {}), secretsOf(profile), {});
  expect(environment).toMatchObject({
    ZEEBE_ADDRESS: '127.0.0.1:26500',
    MONGODB_URI: 'mongodb://127.0.0.1:27017/tributary?replicaSet=rs0',
    RAIL_SLCB_URL: 'http://127.0.0.1:8101',
    SIMULATOR_GSMA_PORT: '8103',
    CALLBACK_BASE_URL: 'http://127.0.0.1:8092',
  });
  expect(environment.HUB_SECRET).toMatch(/^[0-9a-f]{64}$/);
});

test('leaves the last word to the caller', () => {
  const profile = newProfile();
  const caller = { LOG_LEVEL: 'debug', MONGODB_URI: 'mongodb://db.internal/hub' };
  expect(environmentOf(profile, portsOf('local', {}), secretsOf(profile), caller)).toMatchObject(caller);
});

test('secrets are made once, differ between profiles, and only their owner reads them', () => {
  const profile = newProfile();
  const secrets = secretsOf(profile);
  expect(secretsOf(profile)).toEqual(secrets);
  expect(secretsOf(newProfile()).S3_SECRET_KEY).not.toBe(secrets.S3_SECRET_KEY);
  expect(statSync(join(profile.home, 'secrets.json')).mode & 0o777).toBe(0o600);
});

test('a key is given as the path of a PEM that only its owner reads', () => {
  const profile = newProfile();
  const file = environmentOf(profile, portsOf('local', {}), secretsOf(profile), {}).RAIL_SLCB_PRIVATE_KEY as string;
  expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a profile is a plain folder name', () => {
  expect(() => profileOf('../etc', '/tmp')).toThrow('PROFILE must be');
  expect(() => profileOf('cache', '/tmp')).toThrow('PROFILE must be');
});
