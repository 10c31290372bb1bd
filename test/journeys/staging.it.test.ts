/** Payees without an account in the closed loop get one before they are paid, where the batch says so, and not otherwise. */
import { expect, test } from 'vitest';
import { openHub } from '../hub.ts';
import { aRoutingWorld } from '../routing.ts';
import { aRow, csvOf, type Row } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();

test.concurrent('a beneficiary that is missing is created once, and paid; without the switch its row is refused', async () => {
  const world = await aRoutingWorld(hub, '100.00');
  const { tenant, floatId } = world;
  const payer = { payment_mode: 'closed-loop', payer_identifier_type: 'walletId', payer_identifier: floatId };
  const to = (id: string, amount: string): Row =>
    aRow({ ...payer, payee_identifier_type: 'accountId', payee_identifier: id, amount });
  const stranger = { ...to('ana', '1.00'), payee_identifier_type: 'walletId', payee_identifier: crypto.randomUUID() };
  const file = csvOf([to('ana', '10.00'), to('ben', '20.00'), to('ana', '5.00'), stranger]);
  const without = await tenant.paid(file);
  expect(without).toMatchObject({ status: 'completed', successful: 0, failed: 4 });
  const switches = { 'staging.create-beneficiary': true, 'partylookup.enable': true };
  const paid = await tenant.paid(file, { switches });
  expect(paid).toMatchObject({ status: 'completed', successful: 3, failed: 1, reasons: { not_found: 1 } });
  await world.expectBooks('65.00', { ana: '15.00', ben: '20.00' });
  const { body } = await tenant.call<{ entries: { object: { id: string }; after: unknown }[] }>(
    '/api/v1/audit?action=beneficiaries.create',
    { headers: { 'X-User': 'aud' } },
  );
  expect(body.entries).toMatchObject([{ object: { id: paid.batch_id }, after: { rail: 'closed-loop', count: 2 } }]);
});
