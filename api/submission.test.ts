import { expect, test } from 'vitest';
import { checkedSwitches } from './submission.ts';

test('a hub that cannot tell payees over a channel says so when it is asked for, and not when nobody hears anything', () => {
  const asked = { 'notify.enable': true };
  const none = { noticeChannels: [] };
  const email = { noticeChannels: ['email'] } as const;
  expect(() => checkedSwitches(none, {}, asked)).toThrow(
    'notify.channels: this hub sends no email and no sms: leave notify.enable off',
  );
  expect(() => checkedSwitches(email, {}, asked)).toThrow('this hub sends no sms: write ["email"]');
  expect(() => checkedSwitches(none, asked, { 'approval.enable': true }), 'the tenant’s own').toThrow('sends no email');
  expect(checkedSwitches(email, {}, { ...asked, 'notify.channels': ['email'] }).notify.enable).toBe(true);
  expect(checkedSwitches(none, {}, {}).notify.enable).toBe(false);
});
