/** kill -9 in the middle of a large mixed batch: every row ends once, and the rails' books equal the result. */
import { afterAll, expect, test } from 'vitest';
import { createStack } from '../../local/stack.ts';
import { checkLedger } from '../../store/ledger/check-ledger.ts';
import { json, ledgerOf, openHub, type TenantClient } from '../hub.ts';
import { aRow, csvOf, type Row } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const stack = createStack({ profile: 'test' });
afterAll(() => stack.up());

test('connectors, workers and api are killed and started again while 1,000 rows of three rails are paid', async () => {
  const tenant = await hub.aTenant();
  const rows = Array.from({ length: 1_000 }, (_, at) => aMixedRow(at));
  const headers = await aProgramme(tenant);
  const switches = { 'splitting.sub-batch-size': 100, 'budget.enable': true };
  const batchId = await tenant.accepted(csvOf(rows), { headers, switches });
  for (const [done, name] of [
    [50, 'connectors'],
    [150, 'workers'],
    [250, 'api'],
    [300, 'connectors'],
    [400, 'workers'],
  ] as const) {
    const { pending } = await tenant.until(batchId, ({ successful, failed }) => successful + failed >= done);
    expect(pending, `${name} is killed in the middle`).toBeGreaterThan(0);
    await stack.kill(name);
    expect(stack.pidOf(name)).toBeUndefined();
    await stack.start(name);
  }
  const { status, total, successful, failed, totals } = await tenant.final(batchId);
  const refused = rows.filter(({ payee_identifier: payee }) => payee.endsWith('0422')).length;
  expect({ status, total, successful, failed }).toEqual({
    status: 'completed',
    total: 1_000,
    successful: 1_000 - refused,
    failed: refused,
  });

  const lines = await tenant.lines(batchId);
  expect(lines.map(({ own }) => own)).toEqual(csvOf(rows).trimEnd().split('\n').slice(1));
  const ledger = await ledgerOf(
    batchId,
    rows.map((_, at) => at + 1),
  );
  let paidCents = 0n;
  rows.forEach((row, at) => {
    const entry = ledger.get(at + 1);
    const isPaid = lines[at]?.status === 'SUCCESS';
    expect(isPaid, `row ${at + 1}`).toBe(!row.payee_identifier.endsWith('0422'));
    expect(entry?.executed ?? 0, `row ${at + 1} on ${row.payment_mode}`).toBe(isPaid ? 1 : 0);
    if (!isPaid) return;
    expect(entry).toMatchObject({ rail: row.payment_mode, payee: row.payee_identifier });
    expect(centsOf(entry!.amount), `row ${at + 1}`).toBe(centsOf(row.amount));
    paidCents += centsOf(entry!.amount);
  });
  expect(centsOf(totals.USD?.successful ?? ''), 'the status adds up to what the rails have paid').toBe(paidCents);
  expect(await hub.c.conflicts.countDocuments({ tenantId: tenant.id })).toBe(0);
  const { body } = await tenant.call<{ budgets: Record<'held' | 'consumed', string>[] }>(
    '/api/v1/programmes/p/budgets',
  );
  expect(body.budgets).toMatchObject([{ held: '0.00', consumed: totals.USD?.successful }]);
  expect(await checkLedger(hub.c, tenant.id)).toEqual([]);
});

/** Whose budget covers it all; answers the headers that name it. */
async function aProgramme(tenant: TenantClient): Promise<Record<string, string>> {
  const budget = { period: 'total', amount: '1000000.00' };
  const payer = { type: 'accountNumber', id: aRow().payer_identifier };
  const programme = { institution_id: 'i', name: 'p', payer, currencies: [{ currency: 'USD', budget }] };
  const body = { ...programme, effective_from: '2026-01-01' };
  await tenant.call('/api/v1/programmes/p', json('PUT', body, { 'X-User': 'ada' }));
  return { 'X-Registering-Institution-ID': 'i', 'X-Program-ID': 'p' };
}

/** Three in five over slcb, the others over a process each; one in fifty is refused. Every amount is another. */
function aMixedRow(at: number): Row {
  const payment_mode = ['slcb', 'mojaloop', 'slcb', 'gsma', 'slcb'][at % 5]!;
  const amount = `${at + 1}.${at % 2 === 0 ? '5' : '25'}`;
  return aRow({ payment_mode, amount, ends: at % 50 === 7 ? '0422' : '0001' });
}

/** Of decimals with two digits at most that count. */
function centsOf(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole) * 100n + BigInt(fraction.slice(0, 2).padEnd(2, '0'));
}
