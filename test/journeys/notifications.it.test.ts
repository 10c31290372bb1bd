/** Payees are told what became of their payments: by e-mail and SMS, once each, in their language, and not where they do not want it. */
import { expect, test, vi } from 'vitest';
import { json, openHub, type Problem, type TenantClient } from '../hub.ts';
import { anIdentifier, aRow, csvOf, type Row } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();

type Message = { readonly channel: string; readonly to: string; readonly key: string; readonly text: string };

/** What the local mail server or SMS gateway took for that address. */
async function messagesTo(address: string): Promise<Message[]> {
  const response = await fetch(`${process.env.SMS_GATEWAY_URL}/_messages?to=${encodeURIComponent(address)}`);
  return (await response.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Message);
}

const until = <T>(look: () => Promise<T>) => vi.waitFor(look, { timeout: 60_000, interval: 100 });

/** The rows with these columns behind the ten. */
function csvWith(columns: readonly string[], rows: readonly (readonly [Row, ...string[]])[]): string {
  const [header, ...lines] = csvOf(rows.map(([row]) => row))
    .trimEnd()
    .split('\n');
  const more = rows.map(([, ...cells]) => cells.join(','));
  return `${[`${header},${columns.join(',')}`, ...lines.map((line, at) => `${line},${more[at]}`)].join('\n')}\n`;
}

type Notice = {
  readonly row: number;
  readonly channel: string;
  readonly state: string;
  readonly reason: string | null;
  readonly tries: number;
};
type Notices = {
  readonly state: string;
  readonly without_address: Readonly<Record<string, number>>;
  readonly counts: readonly { readonly state: string; readonly reason: string | null; readonly count: number }[];
  readonly notices: readonly Notice[];
};

/** All notices of a batch, once nothing of it is waiting. */
async function told(tenant: TenantClient, batchId: string): Promise<Notices> {
  return until(async () => {
    const { status, body, text } = await tenant.call<Notices>(`/api/v1/batches/${batchId}/notices`);
    expect(status, text).toBe(200);
    expect(body.state, text).toBe('done');
    return body;
  });
}

/** Addresses that no other test has. */
const mailbox = (word = '') => `${anIdentifier('')}${word}@example.org`;
const phone = (ends: string) => `+2327${anIdentifier(ends)}`;
const asOlga = { 'X-User': 'olga' };

test.concurrent('payees are told once each over both channels, in their language; who wants none, or cannot be told, is counted with the reason', async () => {
  const tenant = await hub.aTenant({ switches: { 'notify.enable': true } });
  const [paid, french, failed, quiet, gone, busy, cut] = ['', '', '', '', '+550', '+busy', '+cut'].map(mailbox) as [
    string,
    ...string[],
  ] & { readonly length: 7 };
  const [number, wallet, lost, dead] = [phone('0001'), phone('0001').slice(1), phone('0599'), phone('0550')];
  const optOut = { identifier_type: 'email', identifier: quiet!.toUpperCase(), reason: 'wrote STOP' };
  const opted = await tenant.call('/api/v1/notice-opt-outs', json('POST', optOut, asOlga));
  expect(opted, opted.text).toMatchObject({ status: 201, body: { identifier: '….ORG' } });
  const file = csvWith(
    ['payee_email', 'payee_phone', 'payee_language'],
    [
      [aRow(), paid, number, ''],
      [aRow({ note: 'Salaire' }), french!, '', 'fr-SN'],
      [aRow({ ends: '0404' }), failed!, '', ''],
      [aRow({ payment_mode: 'gsma', payee_identifier: wallet }), '', '', ''],
      [aRow(), quiet!, '', ''],
      [aRow(), gone!, dead, ''],
      [aRow(), busy!, lost, ''],
      [aRow(), cut!, '', ''],
      [aRow(), 'ana@example.org;bob@example.org', '', ''],
      [aRow(), '', '', ''],
    ],
  );
  const { batch_id: batchId, ...status } = await tenant.paid(file);
  expect(status).toMatchObject({ status: 'completed', successful: 9, failed: 1 });
  const { notices, without_address: lacking } = await told(tenant, batchId);
  expect(notices.map(({ row, channel, state, reason }) => [row, channel, state, reason])).toEqual([
    [1, 'email', 'sent', null],
    [1, 'sms', 'sent', null],
    [2, 'email', 'sent', null],
    [4, 'sms', 'sent', null],
    [5, 'email', 'skipped', 'opted-out'],
    [6, 'email', 'failed', 'smtp-550'],
    [6, 'sms', 'failed', 'http-422'],
    [7, 'email', 'sent', null],
    [7, 'sms', 'sent', null],
    [8, 'email', 'unknown', 'answer-lost'],
    [9, 'email', 'failed', 'address-malformed'],
  ]);
  expect(lacking).toEqual({ email: 2, sms: 5 });
  expect(notices.find(({ row, channel }) => row === 7 && channel === 'email')?.tries).toBe(2);
  const arrived = await Promise.all(
    [paid, french!, failed!, quiet!, busy!, cut!, number, wallet, lost].map(messagesTo),
  );
  expect(arrived.map(({ length }) => length)).toEqual([1, 1, 0, 0, 1, 1, 1, 1, 1]);
  expect(arrived[0]![0]?.text).toMatch(/^Subject: A tenant of a test has paid you 12.50 USD/m);
  expect(arrived[0]![0]?.text).toMatch(/^From: Tributary <no-reply@hub.example.org>/m);
  expect(arrived[1]![0]?.text).toContain('Salaire');
  expect(arrived[1]![0]?.text).toMatch(/^Subject: =\?UTF-8\?/m);
  expect(arrived[7]![0]?.text).toMatch(/^A tenant of a test paid 12\.50 USD to …0001 on \d{4}-/);
});

test.concurrent('a person has those sent again that failed, in the tenant’s own words; a machine may not, and it is audited', async () => {
  const tenant = await hub.aTenant({
    switches: { 'notify.enable': true, 'notify.channels': ['sms'], 'notify.outcomes': ['failed'] },
  });
  const [dead, alive] = [phone('0550'), phone('0001')];
  const texts = `/api/v1/tenants/${tenant.id}/notice-templates`;
  const own = `${texts}/sms/failed/en`;
  const asAda = { 'X-User': 'ada' };
  const wrong = await tenant.call<Problem>(own, json('PUT', { text: 'Dear {{payee_name}}' }, asAda));
  expect(wrong).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('there is no placeholder {{payee_name}}') },
  });
  const put = await tenant.call(own, json('PUT', { text: 'No {{amount}} for {{account}}: {{reason}}' }, asAda));
  expect(put, put.text).toMatchObject({ status: 200, body: { source: 'tenant', subject: null } });
  const asked = { channel: 'sms', outcome: 'failed', language: 'en', values: { amount: '7.00' } };
  const preview = await tenant.call(`${texts}/preview`, json('POST', asked, asAda));
  expect(preview, preview.text).toMatchObject({ status: 200, body: { source: 'tenant', text: 'No 7.00 for …4321: ' } });
  const rows: [Row, string][] = [
    [aRow({ ends: '0404' }), dead],
    [aRow({ ends: '0422', amount: '3.00' }), alive],
    [aRow({ amount: '-1' }), alive],
  ];
  const { batch_id: batchId } = await tenant.paid(csvWith(['payee_phone'], rows));
  expect((await told(tenant, batchId)).notices.map(({ row, state }) => [row, state])).toEqual([
    [1, 'failed'],
    [2, 'sent'],
  ]);
  const [sms, ...others] = await messagesTo(alive);
  expect(others).toEqual([]);
  expect(sms?.text).toMatch(/^No 3\.00 for …0422: /);
  const resend = `/api/v1/batches/${batchId}/notices/resend`;
  const reason = 'the gateway was mended';
  expect(await tenant.call(resend, json('POST', { reason }))).toMatchObject({ status: 401 });
  const again = await tenant.call(resend, json('POST', { reason }, asOlga));
  expect(again, again.text).toMatchObject({ status: 202, body: { count: 1 } });
  const after = await told(tenant, batchId);
  expect(after.notices).toMatchObject([
    { row: 1, state: 'failed', reason: 'http-422', tries: 2 },
    { row: 2, tries: 1 },
  ]);
  const audit = await tenant.call<{ entries: { why: string }[] }>('/api/v1/audit?action=notices.resend', {
    headers: { 'X-User': 'aud' },
  });
  expect(audit.body.entries.map(({ why }) => why)).toEqual([reason]);
});

test.concurrent('nobody is told where nobody asked for it, and what cannot be asked for is refused by name', async () => {
  const tenant = await hub.aTenant();
  const address = mailbox();
  const { batch_id: batchId } = await tenant.paid(csvWith(['payee_email'], [[aRow(), address]]));
  const { body } = await tenant.call<Notices>(`/api/v1/batches/${batchId}/notices`);
  expect(body).toMatchObject({ state: 'off', notices: [], counts: [] });
  expect(await messagesTo(address)).toEqual([]);
  const switches = { 'notify.enable': true, 'notify.channels': ['fax'] };
  const refused = await tenant.post<Problem>(csvOf([aRow()]), { switches });
  expect(refused).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/^notify.channels: write a list of some of email, sms/) },
  });
  const resend = await tenant.call<Problem>(
    `/api/v1/batches/${batchId}/notices/resend`,
    json('POST', { reason: 'x' }, asOlga),
  );
  expect(resend).toMatchObject({ status: 409, body: { detail: expect.stringContaining('notify.enable was off') } });
});
