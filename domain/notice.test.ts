import { expect, test } from 'vitest';
import {
  addressOf,
  identityHash,
  identityText,
  noticeIdOf,
  noticeOutcomeOf,
  readAddress,
  readLanguage,
} from './notice.ts';

const key = Buffer.alloc(32, 7);

test('a payee is told at the address of the column, else at what it is named by', () => {
  const phone = { type: 'MSISDN', id: '23276123456' };
  expect(addressOf({ payee: phone }, 'sms')).toBe('23276123456');
  expect(addressOf({ payee: phone, extra: { payee_phone: '+44 20 7946 0000' } }, 'sms')).toBe('+44 20 7946 0000');
  expect(addressOf({ payee: phone }, 'email')).toBeUndefined();
  expect(addressOf({ payee: { type: 'email', id: 'ana@example.org' } }, 'email')).toBe('ana@example.org');
  expect(
    addressOf({ payee: { type: 'accountNumber', id: '1' }, extra: { payee_email: ' ' } }, 'email'),
  ).toBeUndefined();
});

test('only one plain address is one: no list, no name, no header', () => {
  expect(readAddress('ana.b+x@mail.example.org', 'email')).toBe('ana.b+x@mail.example.org');
  for (const text of [
    'ana',
    'a@b',
    'a@example.org,b@example.org',
    'Ana <a@example.org>',
    'a@example.org\r\nBcc: b@example.org',
    'a b@example.org',
    '@example.org',
    '',
  ])
    expect(readAddress(text, 'email'), text).toBeUndefined();
  expect(readAddress('+44 (0)20 7946-0000', 'sms')).toBe('+4402079460000');
  for (const text of ['1234', '+1234567890123456', 'call me', ''])
    expect(readAddress(text, 'sms'), text).toBeUndefined();
});

test('a language tag is read in any case, and nothing else is', () => {
  expect(readLanguage('pt_BR')).toBe('pt-br');
  expect(readLanguage(' FR ')).toBe('fr');
  expect(readLanguage('français')).toBeUndefined();
});

test('the same person written otherwise is the same identity, and another tenant knows another hash', () => {
  const hash = (type: string, id: string) => identityHash(key, { type, id });
  expect(hash('msisdn', '+232 76-123456')).toBe(hash('MSISDN', '23276123456'));
  expect(hash('email', 'Ana@Example.org')).toBe(hash('EmailAddress', 'ana@example.org'));
  expect(hash('accountNumber', '0012')).not.toBe(hash('accountNumber', '12'));
  expect(identityHash(Buffer.alloc(32, 8), { type: 'msisdn', id: '1' })).not.toBe(hash('msisdn', '1'));
  expect(identityText({ type: 'msisdn', id: '0023276123456' })).toBe('msisdn/23276123456');
});

test('nobody is told of a bad row, a duplicate or a payment that was taken back', () => {
  expect(noticeOutcomeOf('completed', 'rail', false)).toBe('completed');
  expect(noticeOutcomeOf('completed', 'rail', true)).toBe('returned');
  expect(noticeOutcomeOf('rejected', 'rail', false)).toBe('failed');
  expect(noticeOutcomeOf('rejected', 'validation', false)).toBeUndefined();
  expect(noticeOutcomeOf('rejected', 'deduplication', false)).toBeUndefined();
  expect(noticeOutcomeOf('cancelled', 'cancel', false)).toBeUndefined();
});

test('each try of a notice has one id, and what a person sends again after a refusal another', () => {
  const id = (round: number) => noticeIdOf('e2e', 'email', 'completed', round);
  expect(id(0)).toBe(id(0));
  expect(
    new Set([id(0), id(1), noticeIdOf('e2e', 'sms', 'completed', 0), noticeIdOf('e2e', 'email', 'failed', 0)]).size,
  ).toBe(4);
});
