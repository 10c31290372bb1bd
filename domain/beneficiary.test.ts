import { expect, test } from 'vitest';
import { modalityOf, readAccount, typeOfModality } from './beneficiary.ts';

const rails = {
  modes: ['slcb', 'gsma', 'closed'],
  railOfMode: (mode: string) =>
    ({ slcb: { id: 'slcb' }, gsma: { id: 'gsma' }, closed: { id: 'closed', tenants: ['somebody-else'] } })[mode],
};
const text = { mode: 'GSMA', type: 'phone_number', id: '23276123456', dfsp: '' };
const read = (over = {}) => readAccount({ ...text, ...over }, rails, 'a-tenant');

test('an account is read in our words', () => {
  expect(read()).toEqual({ account: { mode: 'gsma', type: 'msisdn', id: '23276123456' } });
  expect(read({ dfsp: 'orange' })).toMatchObject({ account: { dfsp: 'orange' } });
});

test('what is wrong with an account is told by its part, and never with the account in it', () => {
  expect(read({ mode: 'pigeon' })).toEqual({
    part: 'mode',
    message: 'it is text of 6 characters: write one of slcb, gsma',
  });
  expect(read({ mode: 'closed' })).toMatchObject({ part: 'mode' });
  expect(read({ type: 'shoe' })).toMatchObject({ part: 'type' });
  expect(read({ id: '12' })).toEqual({ part: 'id', message: expect.stringMatching(/5 to 15 digits$/) });
  expect(read({ type: 'iban', id: 'GB82WEST12345698765433' })).toMatchObject({
    part: 'id',
    message: expect.stringMatching(/check digits/),
  });
  expect(read({ id: '' })).toMatchObject({ part: 'id' });
  expect(read({ dfsp: 'a\u0007' })).toMatchObject({ part: 'dfsp' });
});

test('modalities are codes, Payment Hub EE’s words, or ours; vouchers are none', () => {
  expect(['00', '01', '02', '03'].map(typeOfModality)).toEqual(['accountNumber', 'msisdn', 'alias', 'walletId']);
  expect(['ACCOUNT_ID', 'wallet_id', 'iban'].map(typeOfModality)).toEqual(['accountNumber', 'walletId', 'iban']);
  expect(['04', 'VOUCHER', '', '9'].map(typeOfModality)).toEqual([undefined, undefined, undefined, undefined]);
  expect(['msisdn', 'iban'].map(modalityOf)).toEqual(['01', 'iban']);
});
