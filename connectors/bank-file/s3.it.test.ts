/** The rail against a real S3 server, with the test as the bank on its other side. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { createObjectStore, type ObjectStore } from '../../platform/object-store.ts';
import type { Exchange, Rail } from '../rail.ts';
import { aPayment } from './a-payment.ts';
import { isoIdOf } from './mapping.ts';
import { fileNameOf, messageIdsOf } from './message-ids.ts';
import { bankFile } from './rail.ts';
import { readPain001 } from './simulator-bank.ts';
import { pain002Of } from './simulator-reports.ts';

const env = (name: string) => process.env[name] ?? '';
const s3 = () => ({
  endpoint: env('S3_ENDPOINT'),
  accessKey: env('S3_ACCESS_KEY'),
  secretKey: env('S3_SECRET_KEY'),
  bucket: env('S3_BUCKET'),
  region: env('S3_REGION') || 'us-east-1',
});
let objects: ObjectStore;
beforeAll(() => {
  objects = createObjectStore(s3());
});
afterAll(() => objects.close());

/** A rail with a corner of the bucket to itself. */
function aRail(): { rail: Rail; at: (folder: string, name: string) => string } {
  const corner = `bank-file-test/${randomUUID()}`;
  const { endpoint: url, accessKey, secretKey, bucket } = s3();
  const config = {
    ...bankFile.localConfig!(),
    ...{ url, bucket, access_key: accessKey, secret_key: secretKey },
    ...{ out: `${corner}/out`, in: `${corner}/in`, archive: `${corner}/archive` },
  };
  const http = createRailHttp({ baseUrl: url, name: 'bank-file', limits: bankFile.limits, log: silentLog });
  const rail = bankFile.open({ http, config, callbackUrlOf: String, now: () => new Date(), log: silentLog });
  return { rail, at: (folder, name) => `${corner}/${folder}/${name}` };
}

function aCall() {
  const told: Exchange[] = [];
  return { signal: new AbortController().signal, tell: (exchange: Exchange) => void told.push(exchange), told };
}

const put = (key: string, content: string) => objects.put(key, Readable.from([content]));

test('a message becomes one valid file, whoever sends it how often, and its report is found and believed', async () => {
  const { rail, at } = aRail();
  const messageId = `${randomUUID()}-1-1`;
  const payments = Array.from({ length: 2_000 }, (_, i) => aPayment(i + 1));
  const sends = await Promise.all([1, 2, 3].map(() => rail.sendBatch!(payments, messageId, aCall())));
  for (const answers of sends) expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['accepted']));

  const [id = ''] = messageIdsOf(messageId);
  const key = at('out', fileNameOf(id));
  const document = await text(await objects.get(key));
  const schema = readFileSync(new URL('../../test/specs/pain.001.001.09.xsd', import.meta.url), 'utf8');
  const { errors } = await validateXML({
    xml: { fileName: 'f.xml', contents: document },
    schema,
    maxMemoryPages: 16_384,
  });
  expect(errors).toEqual([]);
  const file = await readPain001(document);
  expect(file.messageId).toBe(id);
  expect(file.refusal).toBeUndefined();
  expect(file.payments.map((payment) => payment.id)).toEqual(payments.map(({ endToEndId }) => endToEndId));

  const ask = async () => {
    const answers = await rail.queryBatch!(payments, { at: new Date(), messageId }, aCall());
    return [...new Set(answers.map(({ kind }) => kind))];
  };
  expect(await ask()).toEqual(['accepted']);
  await put(at('in', 'junk.xml'), '<!DOCTYPE a><a/>');
  await put(at('in', 'other.xml'), pain002Of('another', new Date(), []));
  expect(await ask()).toEqual(['accepted']);
  // The bank takes it away, to where its files stay.
  await objects.copy(key, at('archive', fileNameOf(id)));
  await objects.remove(key);
  expect(await ask()).toEqual(['accepted']);
  expect((await rail.sendBatch!(payments, messageId, aCall()))[0]).toMatchObject({ kind: 'accepted' });
  expect(await objects.exists(key), 'a file that the bank took is not left again').toBe(false);

  const booked = file.payments.map(({ id: endToEndId, amount, currency, payee }) => ({
    ...{ id: endToEndId, amount, currency, payee, payer: file.payer, executes: true, state: 'completed' as const },
    data: { messageId: id, at: 0, reference: `R${isoIdOf(endToEndId).slice(0, 8)}`, status: 'ACSC' as const },
  }));
  await put(at('in', 'report.xml'), pain002Of(id, new Date(), booked));
  expect(await ask()).toEqual(['completed']);
  await rail.close();
});

test('what was never left is never received, and what is late is not left', async () => {
  const { rail, at } = aRail();
  const payment = aPayment(1);
  const late = { ...aCall(), notAfter: new Date(Date.now() - 1) };
  expect(await rail.sendBatch!([payment], 'm', late)).toMatchObject([{ kind: 'notSent' }]);
  expect(await objects.exists(at('out', fileNameOf(messageIdsOf('m')[0]!)))).toBe(false);
  const sent = { at: new Date(), messageId: 'm' };
  expect(await rail.queryBatch!([payment], sent, aCall())).toMatchObject([{ kind: 'neverReceived' }]);
  expect(await rail.health(AbortSignal.timeout(5_000))).toMatchObject({ ok: true });
  await rail.close();
});

test('a bucket that is not ours to write is not sent to', async () => {
  const { endpoint: url, bucket, accessKey } = s3();
  const keys = { url, bucket, access_key: accessKey, secret_key: 'wrong' };
  const config = { ...bankFile.localConfig!(), ...keys };
  const http = createRailHttp({ baseUrl: url, name: 'bank-file', limits: bankFile.limits, log: silentLog });
  const rail = bankFile.open({ http, config, callbackUrlOf: String, now: () => new Date(), log: silentLog });
  expect(await rail.sendBatch!([aPayment(1)], 'm', aCall())).toMatchObject([{ kind: 'notSent' }]);
  expect(await rail.health(AbortSignal.timeout(5_000))).toMatchObject({ ok: false });
  await rail.close();
});
