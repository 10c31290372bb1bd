import { connect } from 'node:net';
import { buffer as bytesOf, text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aFile, aRow, formOf, hashOf, header, openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const csv = '/batchtransactions?type=csv';
const raw = '/batchtransactions?type=raw';
const jsonBody = [
  {
    creditParty: [{ key: 'msisdn', value: '8837461856' }],
    debitParty: [{ key: 'accountnumber', value: '003001003874120160' }],
    subType: 'SLCB',
    amount: '820.00',
    currency: 'RWF',
    descriptionText: 'Test, "quoted" Payment',
  },
];
const asJson = { 'Content-Type': 'application/json' };

describe('a CSV file', () => {
  test('is stored byte for byte and its process is asked for once', async () => {
    const tenant = await stand.tenant();
    const file = `\ufeff${header}\r\n\r\n${aRow({ note: '"a, ""b"""' })}\r\n`;
    const answer = await stand.call(tenant, 'POST', csv, {
      headers: { 'X-CorrelationID': '3a4d', filename: 'march.csv', Purpose: 'refund' },
      body: formOf(file, {}, 'anything'),
    });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      batch_id: expect.any(String),
      request_id: '3a4d',
      status: 'queued',
      PollingPath: `/api/v1/batchtransactions/${answer.json.batch_id}`,
      SuggestedCallbackSeconds: '120',
    });
    expect(answer.headers.get('location')).toBe(answer.json.PollingPath);
    const batch = await stand.deps.c.batches.findOne({ _id: answer.json.batch_id });
    expect(batch).toMatchObject({
      tenantId: tenant,
      fileName: 'march.csv',
      source: 'csv',
      purpose: 'refund',
      maker: 'integrator',
      status: 'queued',
      md5: hashOf('md5', file),
      sha256: hashOf('sha256', file),
    });
    expect(String(await bytesOf(await stand.deps.objects.get(batch!.requestKey)))).toBe(file);
    const outbox = await stand.deps.outbox.ofBatch(answer.json.batch_id);
    expect(outbox).toHaveLength(1);
    expect(outbox[0]).toMatchObject({
      _id: `start/${answer.json.batch_id}`,
      entry: {
        kind: 'message',
        name: 'bulk-transfer-requested',
        messageId: answer.json.batch_id,
        variables: { tenantId: tenant, approvalDeadline: 'PT86400S', approvalReminder: 'PT43200S', hasCallback: false },
      },
    });
    expect(await stand.deps.c.uploads.countDocuments({ tenantId: tenant })).toBe(0);
  });

  test('takes its name from the part, its type from the header in any case, its switches from the form', async () => {
    const tenant = await stand.tenant();
    const { json } = await stand.call(tenant, 'POST', '/api/v1/batchtransactions', {
      headers: { Type: 'CSV', 'X-User': 'aminata' },
      body: formOf(aFile(), { options: '{"approval.enable":true}' }),
    });
    const batch = await stand.deps.c.batches.findOne({ _id: json.batch_id });
    expect(batch).toMatchObject({
      fileName: 'payroll.csv',
      maker: 'aminata',
      switches: { approval: { enable: true } },
    });
  });

  test('starts the model that the tenant has of its own', async () => {
    const tenant = await stand.tenant();
    const _id = `bulk-transfer-${tenant}`;
    await stand.deps.c.tenantModels.insertOne({ _id, tenantId: tenant, processId: 'bulk-transfer', at: new Date() });
    const { json } = await stand.call(tenant, 'POST', csv, { body: formOf(aFile()) });
    const [entry] = await stand.deps.outbox.ofBatch(json.batch_id);
    expect(entry!.entry).toMatchObject({ name: `bulk-transfer-requested-${tenant}` });
  });

  test.each<[string, string | Uint8Array, string, RegExp]>([
    ['nothing', '', 'empty-file', /empty/],
    ['a header only', `${header}\n`, 'empty-file', /no row/],
    ['blank lines only', '\n\r\n  \n', 'empty-file', /empty/],
    ['a missing column', aFile().replace('amount,', ''), 'invalid-file-structure', /missing column: amount/],
    ['an unknown column', aFile().replace('note', 'remark'), 'invalid-file-structure', /unknown column: remark/],
    ['semicolons', aFile().replaceAll(',', ';'), 'invalid-file-structure', /missing columns/],
    ['UTF-16', Buffer.from(`\ufeff${aFile()}`, 'utf16le'), 'broken-file', /UTF-8/],
    ['a first row that does not close its quotes', `${header}\n0,"cut`, 'broken-file', /inside quotes/],
  ])('with %s is refused at once and nothing stays of it', async (_, file, problem, detail) => {
    const tenant = await stand.tenant();
    const { status, json } = await stand.call(tenant, 'POST', csv, { body: formOf(file) });
    expect(status).toBe(400);
    expect(json.type).toBe(`urn:tributary:problem:${problem}`);
    expect(json.detail).toMatch(detail);
    if (problem === 'invalid-file-structure') expect(json.errorInformation).toBe('Invalid file structure');
    await nothingStays(tenant);
  });

  test.each<[string, string | Uint8Array]>([
    ['one row and no line end', aFile().trimEnd()],
    ['CR line ends', aFile(3).replaceAll('\n', '\r')],
    ['columns in another order and optional ones', `cycle,${header}\n1,${aRow()}\n`],
    ['a later row that is not UTF-8', Buffer.concat([Buffer.from(aFile()), Buffer.from([0x31, 0xe9, 0x0a])])],
    ['a later row cut short inside quotes', `${aFile()}1,"cut`],
  ])('with %s is accepted', async (_, file) => {
    const tenant = await stand.tenant();
    expect((await stand.call(tenant, 'POST', csv, { body: formOf(file) })).status).toBe(202);
  });

  test('whose columns are wrong is refused before the rest of it is read', async () => {
    const tenant = await stand.tenant();
    const head = `--b\r\nContent-Disposition: form-data; name="data"; filename="x.csv"\r\n\r\nid,foo\n`;
    const socket = connect(stand.port, '127.0.0.1');
    socket.write(
      `POST ${csv} HTTP/1.1\r\nHost: x\r\nPlatform-TenantId: ${tenant}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 900000000\r\n\r\n${head}${'1,x\n'.repeat(20_000)}`,
    );
    const answer = await new Promise<string>((resolve, reject) => {
      socket.once('data', (data) => resolve(String(data)));
      socket.once('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('unknown column: foo');
    socket.destroy();
    await nothingStays(tenant);
  });

  test('whose sender hangs up midway leaves nothing', async () => {
    const tenant = await stand.tenant();
    const head = `--b\r\nContent-Disposition: form-data; name="data"; filename="x.csv"\r\n\r\n${aFile(20_000)}`;
    const socket = connect(stand.port, '127.0.0.1');
    socket.write(
      `POST ${csv} HTTP/1.1\r\nHost: x\r\nPlatform-TenantId: ${tenant}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 900000000\r\n\r\n${head}`,
    );
    await vi.waitFor(async () => expect(await stand.deps.c.uploads.countDocuments({ tenantId: tenant })).toBe(1));
    socket.destroy();
    await vi.waitFor(() => nothingStays(tenant), { timeout: 20_000, interval: 100 });
  });

  test('in a form that is cut short is refused', async () => {
    const tenant = await stand.tenant();
    const body = `--b\r\nContent-Disposition: form-data; name="data"; filename="x.csv"\r\n\r\n${aFile()}`;
    const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
    const { status, json } = await stand.call(tenant, 'POST', csv, { headers, body });
    expect([status, json.type]).toEqual([400, 'urn:tributary:problem:broken-upload']);
    await nothingStays(tenant);
  });

  test('is refused when the form has no file, two files or unknown fields', async () => {
    const tenant = await stand.tenant();
    const none = new FormData();
    none.append('options', '{}');
    const two = formOf(aFile());
    two.append('more', new Blob([aFile()]), 'b.csv');
    const answers = await Promise.all(
      [none, two, formOf(aFile(), { colour: 'red' })].map((body) => stand.call(tenant, 'POST', csv, { body })),
    );
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(answers[0]!.json.errorInformation).toBe('File not uploaded');
    expect(answers[2]!.json.detail).toContain('colour');
    await nothingStays(tenant);
  });
});

describe('checksums', () => {
  test('that are right let the file in', async () => {
    const tenant = await stand.tenant();
    const body = JSON.stringify(jsonBody);
    const right = {
      'Content-MD5': hashOf('md5', body, 'base64'),
      'Content-Digest': `sha-256=:${hashOf('sha256', body, 'base64')}:, sha-512=:${hashOf('sha512', body, 'base64')}:, unixsum=:AA==:`,
      'X-Checksum-MD5': hashOf('md5', body),
      'X-Checksum-SHA256': hashOf('sha256', body, 'base64'),
    };
    expect((await stand.call(tenant, 'POST', raw, { headers: { ...asJson, ...right }, body })).status).toBe(202);
    const file = aFile(3);
    const ofFile = { 'X-Checksum-MD5': hashOf('md5', file, 'base64'), 'X-Checksum-SHA256': hashOf('sha256', file) };
    expect((await stand.call(tenant, 'POST', csv, { headers: ofFile, body: formOf(file) })).status).toBe(202);
  });

  test.each([
    ['Content-MD5', hashOf('md5', 'x', 'base64')],
    ['Content-Digest', `sha-256=:${hashOf('sha256', 'x', 'base64')}:`],
    ['X-Checksum-MD5', hashOf('md5', 'x')],
    ['X-Checksum-SHA256', hashOf('sha256', 'x')],
  ])('%s that is wrong is a 422 and nothing stays', async (name, value) => {
    const tenant = await stand.tenant();
    for (const call of [
      { path: csv, body: formOf(aFile(3)), headers: {} },
      { path: raw, body: JSON.stringify(jsonBody), headers: asJson },
      { path: '/api/v1/files/a.csv', body: aFile(3), headers: {}, method: 'PUT' },
    ]) {
      const headers = { ...call.headers, [name]: value };
      const { status, json } = await stand.call(tenant, call.method ?? 'POST', call.path, { headers, body: call.body });
      expect(status).toBe(422);
      expect(json.detail).toContain(name);
      await nothingStays(tenant);
    }
  });

  test('that are misshapen are a 400', async () => {
    const tenant = await stand.tenant();
    const headers = { 'X-Checksum-MD5': 'zz', 'Content-Digest': 'sha-256=abc' };
    const { status, json } = await stand.call(tenant, 'POST', csv, { headers, body: formOf(aFile()) });
    expect(status).toBe(400);
    expect(json.errors.map((e: { name: string }) => e.name)).toEqual(['Content-Digest', 'X-Checksum-MD5']);
  });
});

describe('payments as JSON', () => {
  test('become a CSV file of the ten columns', async () => {
    const tenant = await stand.tenant();
    const body = JSON.stringify([
      ...jsonBody,
      { ...jsonBody[0], subType: undefined, paymentMode: 'GSMA', requestId: 'r' },
    ]);
    const { json } = await stand.call(tenant, 'POST', raw, { headers: asJson, body });
    const batch = await stand.deps.c.batches.findOne({ _id: json.batch_id });
    const lines = (await textOf(await stand.deps.objects.get(batch!.requestKey))).split('\n');
    expect(lines).toEqual([
      header,
      expect.stringMatching(
        /^0,[0-9a-f-]{36},slcb,accountNumber,003001003874120160,msisdn,8837461856,820.00,RWF,"Test, ""quoted"" Payment"$/,
      ),
      expect.stringMatching(/^1,r,gsma,/),
      '',
    ]);
    expect(batch).toMatchObject({
      source: 'json',
      fileName: 'request.csv',
      sha256: hashOf('sha256', lines.join('\n')),
    });
  });

  test.each<[string, string, string, RegExp]>([
    ['no array', '{"creditParty":[]}', 'malformed-json', /array/],
    ['no JSON', '[{"amount":', 'malformed-json', /breaks/],
    ['text after it', '[] x', 'malformed-json', /breaks/],
    ['no payments', '[]', 'empty-file', /no row/],
    ['an unknown field', '[{"colour":"red"}]', 'invalid-request', /\[0\]\.colour/],
    ['a number as amount', '[{"amount":820.10}]', 'invalid-request', /\[0\]\.amount: write it as a string/],
    [
      'two payees',
      '[{"creditParty":[{"key":"a","value":"b"},{"key":"a","value":"b"}]}]',
      'invalid-request',
      /one element/,
    ],
    ['a payment beyond measure', `[{"amount":"${'1'.repeat(300_000)}"}]`, 'body-too-large', /payment 0/],
  ])('with %s are refused', async (_, body, problem, detail) => {
    const tenant = await stand.tenant();
    const { json } = await stand.call(tenant, 'POST', raw, { headers: asJson, body });
    expect(json.type).toBe(`urn:tributary:problem:${problem}`);
    expect(json.detail).toMatch(detail);
    await nothingStays(tenant);
  });
});

describe('a file uploaded before', () => {
  test('is started by its name, by its own tenant only', async () => {
    const tenant = await stand.tenant();
    const other = await stand.tenant();
    const name = '../März & co.csv';
    const put = await stand.call(tenant, 'PUT', `/api/v1/files/${encodeURIComponent(name)}`, { body: aFile(2) });
    expect([put.status, put.json]).toEqual([
      201,
      {
        filename: name,
        md5: hashOf('md5', aFile(2)),
        sha256: hashOf('sha256', aFile(2)),
        size: Buffer.byteLength(aFile(2)),
        uploaded_at: expect.any(String),
      },
    ]);
    expect((await stand.call(tenant, 'GET', put.headers.get('location')!)).json).toEqual(put.json);
    expect((await stand.call(other, 'GET', put.headers.get('location')!)).status).toBe(404);
    const headers = { filename: Buffer.from(name).toString('latin1') };
    const { json } = await stand.call(tenant, 'POST', raw, { headers });
    const batch = await stand.deps.c.batches.findOne({ _id: json.batch_id });
    expect(batch).toMatchObject({ source: 'file', fileName: name, sha256: put.json.sha256 });
    expect(batch!.requestKey).toBe(`${tenant}/${json.batch_id}/request.csv`);
    expect(await textOf(await stand.deps.objects.get(batch!.requestKey))).toBe(aFile(2));
    expect((await stand.call(other, 'POST', raw, { headers })).status).toBe(404);
    expect((await stand.call(tenant, 'POST', raw, {})).status).toBe(400);
  });

  test('is replaced by the next of its name, and the one before is gone', async () => {
    const tenant = await stand.tenant();
    await stand.call(tenant, 'PUT', '/api/v1/files/a.csv', { body: aFile(1) });
    const before = await stand.deps.c.files.findOne({ tenantId: tenant });
    await stand.call(tenant, 'PUT', '/api/v1/files/a.csv', { body: aFile(2) });
    const after = await stand.deps.c.files.findOne({ tenantId: tenant });
    expect(after!.sha256).toBe(hashOf('sha256', aFile(2)));
    expect(await stand.deps.objects.exists(before!.key)).toBe(false);
    expect(await stand.deps.objects.exists(after!.key)).toBe(true);
  });

  test('with wrong columns is refused', async () => {
    const tenant = await stand.tenant();
    const { status, json } = await stand.call(tenant, 'PUT', '/api/v1/files/a.csv', { body: 'id\n1\n' });
    expect([status, json.errorInformation]).toEqual([400, 'Invalid file structure']);
    await nothingStays(tenant);
  });
});

describe('the same request again', () => {
  const keyed = { 'Idempotency-Key': 'k-1' };
  const named = { 'X-CorrelationID': 'c-1', filename: 'a.csv' };

  test.each([
    ['with the same key', keyed],
    ['with the same correlation id', named],
  ])('%s answers the first 202 again', async (_, headers) => {
    const tenant = await stand.tenant();
    const first = await stand.call(tenant, 'POST', csv, { headers, body: formOf(aFile()) });
    const again = await stand.call(tenant, 'POST', csv, { headers, body: formOf(aFile()) });
    expect(again.status).toBe(202);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(await stand.deps.c.batches.countDocuments({ tenantId: tenant })).toBe(1);
    expect(await stand.deps.c.uploads.countDocuments({ tenantId: tenant })).toBe(0);
  });

  test('many times at once makes one batch', async () => {
    const tenant = await stand.tenant();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => stand.call(tenant, 'POST', csv, { headers: keyed, body: formOf(aFile()) })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await stand.deps.c.batches.countDocuments({ tenantId: tenant })).toBe(1);
    expect(await stand.deps.c.outbox.countDocuments({ tenantId: tenant })).toBe(1);
  });

  test('of JSON too, and after a first one that had a key', async () => {
    const tenant = await stand.tenant();
    const body = JSON.stringify(jsonBody);
    const headers = { ...asJson, 'X-CorrelationID': 'c-2' };
    const first = await stand.call(tenant, 'POST', raw, { headers: { ...headers, ...keyed }, body });
    const again = await stand.call(tenant, 'POST', raw, { headers, body });
    expect(again.json.batch_id).toBe(first.json.batch_id);
  });

  test('with the same key and another file is a 422', async () => {
    const tenant = await stand.tenant();
    await stand.call(tenant, 'POST', csv, { headers: keyed, body: formOf(aFile()) });
    const other = await stand.call(tenant, 'POST', csv, { headers: keyed, body: formOf(aFile(2)) });
    expect([other.status, other.json.type]).toEqual([422, 'urn:tributary:problem:idempotency-key-reused']);
    const renamed = { ...keyed, filename: 'b.csv' };
    expect((await stand.call(tenant, 'POST', csv, { headers: renamed, body: formOf(aFile()) })).status).toBe(422);
  });

  test('with another key, or another file under the same correlation id, is a new batch', async () => {
    const tenant = await stand.tenant();
    const first = await stand.call(tenant, 'POST', csv, { headers: keyed, body: formOf(aFile()) });
    const second = await stand.call(tenant, 'POST', csv, {
      headers: { 'Idempotency-Key': 'k-2' },
      body: formOf(aFile()),
    });
    expect(second.json.seen_before).toBe(first.json.batch_id);
    await stand.call(tenant, 'POST', csv, { headers: named, body: formOf(aFile(3)) });
    await stand.call(tenant, 'POST', csv, { headers: named, body: formOf(aFile(4)) });
    expect(await stand.deps.c.batches.countDocuments({ tenantId: tenant })).toBe(4);
  });

  test('after its key was forgotten is a new batch', async () => {
    const tenant = await stand.tenant();
    const first = await stand.call(tenant, 'POST', csv, { headers: keyed, body: formOf(aFile()) });
    await stand.deps.c.idempotency.updateMany({ tenantId: tenant }, { $set: { expireAt: new Date(0) } });
    const later = await stand.call(tenant, 'POST', csv, { headers: keyed, body: formOf(aFile()) });
    expect([later.status, later.json.seen_before]).toEqual([202, first.json.batch_id]);
  });

  test('of another tenant is its own', async () => {
    const [a, b] = [await stand.tenant(), await stand.tenant()];
    const first = await stand.call(a, 'POST', csv, { headers: keyed, body: formOf(aFile()) });
    const second = await stand.call(b, 'POST', csv, { headers: keyed, body: formOf(aFile()) });
    expect(second.json.batch_id).not.toBe(first.json.batch_id);
    expect(second.json.seen_before).toBeUndefined();
  });
});

describe('a request', () => {
  test('without a known tenant is refused', async () => {
    expect((await stand.call('nobody', 'POST', csv, { body: formOf(aFile()) })).status).toBe(403);
    expect((await stand.call('', 'POST', csv, { body: formOf(aFile()) })).status).toBe(400);
  });

  test('is told all that is wrong with it at once', async () => {
    const tenant = await stand.tenant();
    const headers = {
      filename: 'x'.repeat(256),
      'X-Declared-Count': '-1',
      'X-Declared-Total': '1,5',
      'X-CorrelationID': 'x'.repeat(129),
    };
    const { json } = await stand.call(tenant, 'POST', '/batchtransactions?type=xml', {
      headers,
      body: formOf(aFile()),
    });
    const names = json.errors.map((e: { name: string }) => e.name);
    expect(names).toEqual(['type', 'filename', 'X-CorrelationID', 'X-Declared-Count', 'X-Declared-Total']);
    const unknown = await stand.call(tenant, 'POST', `${csv}&colour=red`, { body: formOf(aFile()) });
    expect([unknown.status, unknown.json.detail]).toEqual([400, 'colour: is not known here; known are type, dryRun']);
  });

  test('may bring switches only where the tenant allows it', async () => {
    const [open, closed] = [await stand.tenant(), await stand.tenant({ batchOptions: false })];
    const headers = { 'X-Batch-Options': '{"splitting.sub-batch-size":5}' };
    const { json } = await stand.call(open, 'POST', csv, { headers, body: formOf(aFile()) });
    const batch = await stand.deps.c.batches.findOne({ _id: json.batch_id });
    expect(Number(batch!.switches.splitting.subBatchSize)).toBe(5);
    expect((await stand.call(closed, 'POST', csv, { headers, body: formOf(aFile()) })).status).toBe(403);
    const wrong = { 'X-Batch-Options': '{"splitting.size":5}' };
    const refused = await stand.call(open, 'POST', csv, { headers: wrong, body: formOf(aFile()) });
    expect([refused.status, refused.json.errors[0].name]).toEqual([400, 'splitting.size']);
    const cut = await stand.call(open, 'POST', csv, { body: formOf(aFile(), { options: '{' }) });
    expect([cut.status, cut.json.type]).toEqual([400, 'urn:tributary:problem:malformed-json']);
  });

  test('may be called back on the public network only, unless the tenant allows more', async () => {
    const [strict, open] = [await stand.tenant(), await stand.tenant({ allowPrivateAddresses: true })];
    const headers = { 'X-CallbackURL': 'http://127.0.0.1:9/x' };
    const refused = await stand.call(strict, 'POST', csv, { headers, body: formOf(aFile()) });
    expect([refused.status, refused.json.type]).toEqual([400, 'urn:tributary:problem:callback-address-refused']);
    const { json } = await stand.call(open, 'POST', csv, { headers, body: formOf(aFile()) });
    const [entry] = await stand.deps.outbox.ofBatch(json.batch_id);
    expect(entry!.entry).toMatchObject({ variables: { hasCallback: true } });
  });

  test('beyond the limits is refused while it streams', async () => {
    const small = await openStand({ limits: { fileBytes: 100_000, rows: 50 } });
    try {
      const tenant = await small.tenant();
      const rows = await small.call(tenant, 'POST', csv, { body: formOf(aFile(51)) });
      expect([rows.status, rows.json.type]).toEqual([413, 'urn:tributary:problem:too-many-rows']);
      expect((await small.call(tenant, 'POST', csv, { body: formOf(aFile(50)) })).status).toBe(202);
      const endless = new ReadableStream<Uint8Array>({
        start: (to) => to.enqueue(Buffer.from(`${header}\n${aRow()}\n1,"`)),
        pull: (to) => to.enqueue(Buffer.alloc(10_000, 'x')),
      });
      const answer = await small.call(tenant, 'PUT', '/api/v1/files/a.csv', { body: endless });
      expect([answer.status, answer.json.type]).toEqual([413, 'urn:tributary:problem:file-too-large']);
      const json = `[${JSON.stringify(jsonBody[0])}${','.padEnd(100_001)}`;
      expect((await small.call(tenant, 'POST', raw, { headers: asJson, body: json })).status).toBe(413);
    } finally {
      await small.close();
    }
  });
});

describe('a dry run', () => {
  const dry = `${csv}&dryRun=true`;

  test('says all that is wrong, with totals, and stores nothing', async () => {
    const tenant = await stand.tenant();
    const file = [
      header,
      aRow({ id: '1' }),
      aRow({ id: '1', amount: '1.005' }),
      aRow({ id: '3', payment_mode: 'swift', currency: 'usd' }),
      aRow({ id: '4', amount: '1000', currency: 'JPY' }),
    ].join('\n');
    const { status, json } = await stand.call(tenant, 'POST', dry, { body: formOf(file) });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      valid: false,
      rows: 4,
      accepted: 2,
      refused: 2,
      totals: { USD: { rows: 1, amount: '850.00' }, JPY: { rows: 1, amount: '1000' } },
    });
    expect(json.rowErrors.map((e: { row: number; code: string }) => [e.row, e.code])).toEqual([
      [2, 'amount_digits'],
      [2, 'duplicate_id'],
      [3, 'mode_unknown'],
      [3, 'currency_unknown'],
    ]);
    await nothingStays(tenant);
  });

  test('reports a large file with many errors', async () => {
    const tenant = await stand.tenant();
    const file = [header, ...Array.from({ length: 5_000 }, (_, i) => aRow({ id: String(i), amount: 'x' }))].join('\n');
    const { json } = await stand.call(tenant, 'POST', dry, { body: formOf(file) });
    expect([json.rows, json.refused, json.rowErrors.length]).toEqual([5_000, 5_000, 5_000]);
  });

  test('tells what would reject the file as a whole', async () => {
    const tenant = await stand.tenant();
    const titleOf = async (headers: Record<string, string>, file: string, fields = {}) => {
      const { json } = await stand.call(tenant, 'POST', dry, { headers, body: formOf(file, fields) });
      return json.problem?.title;
    };
    expect(await titleOf({ 'X-Declared-Count': '2' }, aFile(1))).toBe('Declared count differs');
    expect(await titleOf({ 'X-Declared-Total': '1700' }, aFile(1))).toBe('Declared total differs');
    expect(await titleOf({ 'X-Declared-Count': '2', 'X-Declared-Total': '1700.00' }, aFile(2))).toBeUndefined();
    expect(await titleOf({}, `${aFile(1)}1,"cut`)).toBe('The file is broken');
    const strict = { options: '{"validation.allOrNothing":true}' };
    expect(await titleOf({}, `${header}\n${aRow({ amount: '0' })}`, strict)).toBe('The file has bad rows');
    expect((await stand.call(tenant, 'POST', dry, { body: formOf('id\n1') })).status).toBe(400);
  });

  test('works in the other two ways as well', async () => {
    const tenant = await stand.tenant();
    const body = JSON.stringify(jsonBody);
    const json = await stand.call(tenant, 'POST', `${raw}&dryRun=true`, { headers: asJson, body });
    expect(json.json).toMatchObject({ valid: true, rows: 1, totals: { RWF: { amount: '820' } } });
    await stand.call(tenant, 'PUT', '/api/v1/files/a.csv', { body: aFile(2) });
    const named = await stand.call(tenant, 'POST', `${raw}&dryRun=true`, { headers: { filename: 'a.csv' } });
    expect(named.json).toMatchObject({ valid: true, rows: 2 });
    expect(await stand.deps.c.batches.countDocuments({ tenantId: tenant })).toBe(0);
  });
});

test('a file whose acceptance is in doubt stays for the sweep to decide', async () => {
  const doubtful = await openStand({
    accept: async () => {
      throw Object.assign(new Error('connection lost at commit'), { name: 'MongoNetworkError' });
    },
  });
  try {
    const tenant = await doubtful.tenant();
    const { status, headers } = await doubtful.call(tenant, 'POST', csv, { body: formOf(aFile()) });
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    const upload = await stand.deps.c.uploads.findOne({ tenantId: tenant });
    expect(await stand.deps.objects.exists(upload!._id)).toBe(true);
  } finally {
    await doubtful.close();
  }
});

test('objects that nobody came to own are swept', async () => {
  const tenant = await stand.tenant();
  const key = `${tenant}/00000000-0000-4000-8000-000000000000/request.csv`;
  await stand.deps.objects.put(key, [Buffer.from('x')] as unknown as AsyncIterable<Uint8Array>);
  await stand.deps.c.uploads.insertOne({ _id: key, tenantId: tenant, at: new Date(0) });
  await stand.deps.uploads.sweep(new Date(1));
  expect(await stand.deps.objects.exists(key)).toBe(false);
  await nothingStays(tenant);
});

async function nothingStays(tenant: string): Promise<void> {
  const { c } = stand.deps;
  expect(await c.batches.countDocuments({ tenantId: tenant })).toBe(0);
  expect(await c.outbox.countDocuments({ tenantId: tenant })).toBe(0);
  expect(await c.files.countDocuments({ tenantId: tenant })).toBe(0);
  expect(await c.uploads.countDocuments({ tenantId: tenant })).toBe(0);
}
