import { expect, test } from 'vitest';
import { readApiConfig } from './config.ts';

const env = {
  MONGODB_URI: 'mongodb://127.0.0.1/tributary',
  S3_ENDPOINT: 'http://127.0.0.1:8333',
  S3_ACCESS_KEY: 'a',
  S3_SECRET_KEY: 's',
  S3_BUCKET: 'b',
  KAFKA_BROKERS: '127.0.0.1:9092',
  ZEEBE_ADDRESS: '127.0.0.1:26500',
  HUB_SECRET: 'h',
  AUTH: 'off',
};

test('defaults are a gigabyte, two million rows, loopback and no samples', () => {
  expect(readApiConfig(env)).toMatchObject({
    host: '127.0.0.1',
    port: 8090,
    sampleTenants: false,
    limits: { fileBytes: 1024 ** 3, rows: 2_000_000 },
  });
});

test('it refuses to start where a stranger could reach it without signing in', () => {
  for (const AUTH of ['', 'on', 'oidc']) expect(() => readApiConfig({ ...env, AUTH })).toThrow(/sign-in comes later/);
  for (const API_HOST of ['0.0.0.0', '::', '10.0.0.1', 'hub.example', '127.evil.example']) {
    expect(() => readApiConfig({ ...env, API_HOST })).toThrow(/loopback/);
  }
  for (const API_HOST of ['localhost', '::1', '127.0.0.2'])
    expect(readApiConfig({ ...env, API_HOST }).host).toBe(API_HOST);
});

test('all that is wrong is said at once', () => {
  const wrong = { ...env, MONGODB_URI: '', MAX_ROWS: '-1', LINK_LIFETIME: 'soon' };
  expect(() => readApiConfig(wrong)).toThrow(/MONGODB_URI[\s\S]*MAX_ROWS[\s\S]*LINK_LIFETIME/);
});
