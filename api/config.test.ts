import { expect, test } from 'vitest';
import { readApiConfig } from './config.ts';

const servers = {
  MONGODB_URI: 'mongodb://127.0.0.1/tributary',
  S3_ENDPOINT: 'http://127.0.0.1:8333',
  S3_ACCESS_KEY: 'a',
  S3_SECRET_KEY: 's',
  S3_BUCKET: 'b',
  KAFKA_BROKERS: '127.0.0.1:9092',
  ZEEBE_ADDRESS: '127.0.0.1:26500',
  HUB_SECRET: 'h',
};
const env = { ...servers, AUTH: 'off' };
const oidc = { ...servers, OIDC_ISSUER: 'https://login.example', OIDC_AUDIENCE: 'hub' };

test('defaults are a gigabyte, two million rows, loopback and no samples', () => {
  expect(readApiConfig(env)).toMatchObject({
    host: '127.0.0.1',
    port: 8090,
    auth: { kind: 'off' },
    sampleTenants: false,
    limits: { fileBytes: 1024 ** 3, rows: 2_000_000 },
  });
});

test('without an issuer it refuses to start, unless it is told AUTH=off and listens on loopback only', () => {
  for (const AUTH of [undefined, '', 'oidc', 'OIDC']) {
    expect(() => readApiConfig({ ...env, AUTH })).toThrow(/OIDC_ISSUER is not set/);
  }
  for (const AUTH of ['on', 'none', 'false', '0']) {
    expect(() => readApiConfig({ ...env, AUTH })).toThrow(/AUTH is neither oidc nor off/);
  }
  for (const API_HOST of ['0.0.0.0', '::', '10.0.0.1', 'hub.example', '127.evil.example']) {
    expect(() => readApiConfig({ ...env, API_HOST })).toThrow(/loopback/);
  }
  for (const API_HOST of ['localhost', '::1', '127.0.0.2'])
    expect(readApiConfig({ ...env, API_HOST }).host).toBe(API_HOST);
});

test('with an issuer it listens where it is told, and takes asymmetric signatures only', () => {
  const { auth } = readApiConfig({ ...oidc, API_HOST: '0.0.0.0' });
  expect(auth).toEqual({
    kind: 'oidc',
    issuer: 'https://login.example',
    audience: 'hub',
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    toleranceSeconds: 30,
    claims: { tenant: 'tenant', roles: 'roles' },
  });
  for (const OIDC_ALGORITHMS of ['none', 'HS256', 'RS256,HS256', 'rs256', ',']) {
    expect(() => readApiConfig({ ...oidc, OIDC_ALGORITHMS })).toThrow(/OIDC_ALGORITHMS/);
  }
});

test('tokens and passwords travel over TLS, except on loopback', () => {
  expect(() => readApiConfig({ ...oidc, OIDC_ISSUER: 'http://login.example' })).toThrow(/OIDC_ISSUER .*https/);
  expect(() => readApiConfig({ ...oidc, OIDC_ISSUER: 'login.example' })).toThrow(/OIDC_ISSUER .*https/);
  expect(() => readApiConfig({ ...oidc, OIDC_JWKS_URI: 'http://login.example/keys' })).toThrow(/OIDC_JWKS_URI/);
  expect(readApiConfig({ ...oidc, OIDC_ISSUER: 'http://127.0.0.1:8094' }).auth).toMatchObject({ kind: 'oidc' });
});

test('a console needs its secret and the address where people reach it', () => {
  const people = { ...oidc, OIDC_CLIENT_ID: 'console' };
  expect(() => readApiConfig(people)).toThrow(/OIDC_CLIENT_SECRET[\s\S]*PUBLIC_URL/);
  expect(() => readApiConfig({ ...people, OIDC_CLIENT_SECRET: 's', PUBLIC_URL: 'http://hub.example' })).toThrow(
    /PUBLIC_URL/,
  );
  const whole = { ...people, OIDC_CLIENT_SECRET: 's', PUBLIC_URL: 'https://hub.example/' };
  expect(readApiConfig(whole).auth).toMatchObject({
    console: { publicUrl: 'https://hub.example', idleMs: 30 * 60_000, maxMs: 12 * 3_600_000 },
  });
});

test('proxies whose word is believed are counted or named', () => {
  expect(readApiConfig(env).trustProxy).toEqual([]);
  expect(readApiConfig({ ...env, TRUST_PROXY: '2' }).trustProxy).toBe(2);
  expect(readApiConfig({ ...env, TRUST_PROXY: 'loopback, 10.0.0.0/8' }).trustProxy).toEqual(['loopback', '10.0.0.0/8']);
  for (const TRUST_PROXY of ['true', 'everybody', '-1']) {
    expect(() => readApiConfig({ ...env, TRUST_PROXY })).toThrow(/TRUST_PROXY/);
  }
});

test('all that is wrong is said at once', () => {
  const wrong = { ...env, MONGODB_URI: '', MAX_ROWS: '-1', LINK_LIFETIME: 'soon' };
  expect(() => readApiConfig(wrong)).toThrow(/MONGODB_URI[\s\S]*MAX_ROWS[\s\S]*LINK_LIFETIME/);
});
