/** Notices over a real database and mail server, with processes that die at the worst moments. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes } from '../../domain/ids.ts';
import { defaultSwitches } from '../../domain/switches.ts';
import { type KeptMessages, openKeptMessages } from '../../local/messages/kept-messages.ts';
import { createMailServer } from '../../local/messages/mail-server.ts';
import { silentLog } from '../../platform/log.ts';
import { connectMongo, type Mongo } from '../../platform/mongo.ts';
import { createSmtp } from '../../platform/smtp.ts';
import { type Collections, collectionsOf, ensureIndexes } from '../../store/collections.ts';
import type { BatchDoc } from '../../store/documents.ts';
import { createNoticeTemplates } from '../../store/notice-templates.ts';
import { createNotices } from '../../store/notices.ts';
import { createOptOuts } from '../../store/opt-outs.ts';
import { emailChannel } from './email.ts';
import { planNotices } from './plan-notices.ts';
import { createNoticeSender } from './send-notices.ts';
import { createLetterWriter } from './write-letters.ts';

let mongo: Mongo;
let c: Collections;
const limits = { ratePerSecond: 1_000, concurrency: 4, timeoutMs: 5_000 };
const stillRuns = new AbortController().signal;
const hourMs = 3_600_000;
let kept: KeptMessages;
let server: ReturnType<typeof createMailServer>;
let smtp: ReturnType<typeof createSmtp>;

beforeAll(async () => {
  // Of its own: the workers of the stack would send what waits in theirs.
  const uri = (process.env.MONGODB_URI ?? '').replace(/^(mongodb[^/]*\/\/[^/]+)\/[^?]*/, '$1/tributary_notice_tests');
  mongo = await connectMongo(uri);
  c = collectionsOf(mongo, ['a secret of tests']);
  await ensureIndexes(c);
  kept = openKeptMessages(mkdtempSync(join(tmpdir(), 'mail-')));
  server = createMailServer(kept, () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  smtp = createSmtp({ url, from: 'no-reply@hub.example.org', isTlsOptional: false, connections: 4, timeoutMs: 5_000 });
});

afterAll(async () => {
  smtp.close();
  await mongo.close();
  await new Promise<void>((resolve) => void server.close(resolve));
});

/** A batch of paid rows, each with an address of its own, that nobody but this test works on. */
async function aPaidBatch(rows: number) {
  const tenantId = `tenant-${randomUUID().slice(0, 8)}`;
  const batchId = randomUUID();
  const at = new Date();
  const address = (row: number) => `payee-${row}-${batchId.slice(0, 8)}@example.org`;
  const payees = Array.from({ length: rows }, (_, i) => i + 1);
  await c.batches.insertOne({ _id: batchId, tenantId, rows, status: 'completed' } as BatchDoc);
  const party = { type: 'accountNumber', id: '1234567890' };
  await c.payments.insertMany(
    payees.map((row) => ({
      _id: rowKeyBytes(batchId, row),
      ...{ tenantId, id: String(row), requestId: '', mode: 'slcb', rail: 'slcb', payer: party, payee: party },
      ...{ amount: '1.00', minor: 100n, currency: 'USD', note: '', extra: { payee_email: address(row) } },
    })),
  );
  await c.outcomes.insertMany(
    payees.map((row) => ({
      _id: rowKeyBytes(batchId, row),
      ...{ tenantId, sub: 1, status: 'completed' as const, stage: 'rail' as const, minor: 100n, currency: 'USD', at },
    })),
  );
  let clock = Date.now();
  const now = () => new Date(clock);
  const notices = createNotices(c, now);
  const told: string[] = [];
  const ask = () => notices.ask(batchId, tenantId, { ...defaultSwitches.notify, channels: ['email'] });
  const plan = async () => {
    await ask();
    // Rounds of other tests may be due as well.
    while ((await notices.round(batchId))?.dueAt)
      await planNotices({ c, notices, lifeMs: 24 * hourMs, log: silentLog, now });
  };
  const optOuts = createOptOuts(mongo, c);
  const channel = emailChannel(smtp, 'hub.example.org', limits);
  const sender = createNoticeSender({
    channel,
    notices,
    write: createLetterWriter(c, createNoticeTemplates(c), optOuts),
    pauseMs: 1_000,
    onEnd: (_, end) => void told.push(end),
    log: silentLog,
    now,
  });
  return {
    ...{ tenantId, batchId, notices, address, plan, told, optOuts },
    sweep: () => sender.sweep(stillRuns),
    pass(ms: number) {
      clock += ms;
    },
    states: async () => (await notices.list(batchId, {}, undefined, 100)).map(({ state, reason }) => reason ?? state),
    arrived: () => payees.map((row) => kept.to(address(row)).length),
  };
}

test('rows that are looked through twice, and notices that are asked for twice, tell each payee once', async () => {
  const batch = await aPaidBatch(3);
  await batch.plan();
  expect(await batch.sweep()).toBe(true);
  await batch.plan();
  await batch.sweep();
  expect(await batch.states()).toEqual(['sent', 'sent', 'sent']);
  expect(batch.arrived()).toEqual([1, 1, 1]);
});

test('an e-mail whose sender died before it noted the answer is not sent again; one that it had only taken is', async () => {
  const batch = await aPaidBatch(2);
  await batch.plan();
  const { taken } = await batch.notices.take(batch.tenantId, 'email', 10, 60_000);
  expect(taken).toHaveLength(2);
  // Here the process dies: one notice was begun, the other was not.
  expect(await batch.notices.begin(taken[0]!, 60_000)).toBe(true);
  expect(await batch.sweep(), 'both are in its hands until their leases are over').toBe(false);
  batch.pass(61_000);
  await batch.sweep();
  await batch.sweep();
  expect((await batch.states()).sort()).toEqual(['sender-died', 'sent']);
  expect(batch.arrived().sort()).toEqual([0, 1]);
  expect(await batch.notices.end(taken[1]!, { state: 'failed' }), 'the dead one changes nothing any more').toBe(false);
  const until = new Date(Date.now() + hourMs);
  const round = (await batch.notices.round(batch.batchId))!;
  expect(await batch.notices.resend(round, { states: ['failed'], until })).toBe(0);
  expect(await batch.notices.resend(round, { states: ['unknown'], until })).toBe(1);
  await batch.sweep();
  expect(batch.arrived()).toEqual([1, 1]);
  const keys = kept
    .to(batch.address(1))
    .concat(kept.to(batch.address(2)))
    .map(({ key }) => key.slice(1, 37));
  expect(new Set(keys).size).toBe(2);
});

test('what waits is not sent after its payee opted out, after its data were erased, or when it is too late', async () => {
  const batch = await aPaidBatch(2);
  await batch.plan();
  const identity = { type: 'email', id: batch.address(1).toUpperCase() };
  const who = { kind: 'person' as const, subject: 'olga', roles: [] };
  const asked = { tenantId: batch.tenantId, identity, by: 'olga', reason: 'STOP', at: new Date() };
  expect(await batch.optOuts.add(asked, who)).toMatchObject({ isNew: true });
  expect(await batch.optOuts.add(asked, who)).toMatchObject({ isNew: false });
  const [kept] = await mongo.collection('notice_opt_outs').find({ tenantId: batch.tenantId }).toArray();
  expect(JSON.stringify(kept)).not.toContain('example.org');
  batch.pass(25 * hourMs);
  await batch.sweep();
  expect(await batch.states()).toEqual(['opted-out', 'too-late']);

  const other = await aPaidBatch(1);
  await other.plan();
  await c.keyring.shred([other.batchId], new Date());
  await other.sweep();
  expect(await other.states()).toEqual(['erased']);
  expect([...batch.arrived(), ...other.arrived()]).toEqual([0, 0, 0]);
});
