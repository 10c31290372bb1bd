import { expect, test } from 'vitest';
import { openSpec } from './check-openapi.ts';

const gsma = openSpec('gsma-mobile-money-1.2.yaml');
const mojaloop = openSpec('sdk-scheme-adapter-outbound-2.1.yaml');

test('a body that breaks the specification is told, and so is a path or status that it does not have', () => {
  expect(gsma.request('POST', '/transactions/type/disbursement', { amount: '1,5', currency: 'USD' })).toMatch(
    /pattern/,
  );
  expect(gsma.answer('GET', '/heartbeat', 200, { serviceStatus: 'fine' })).toMatch(/allowed values/);
  expect(gsma.answer('GET', '/heartbeat', 418, {})).toMatch(/no answer 418/);
  expect(gsma.request('GET', '/nowhere', undefined)).toMatch(/not in the specification/);
  expect(mojaloop.request('PUT', '/transfers/1', { acceptQuote: 'yes' })).toMatch(/allowed values/);
  expect(mojaloop.answer('GET', '/parties/MSISDN/1', 200, { party: {} })).toMatch(/required/);
  expect(mojaloop.schema('Amount', '100.50')).toMatch(/pattern/);
});

test('a body that keeps to the specification passes, through the references of path, answer and schema', () => {
  expect(gsma.answer('GET', '/heartbeat', 200, { serviceStatus: 'available' })).toBeUndefined();
  expect(mojaloop.request('PUT', '/transfers/1', { acceptQuote: true })).toBeUndefined();
  expect(mojaloop.schema('FirstName', 'Zoë')).toBeUndefined();
});
