/** An ISO 20022 message in, a status report out: paid, refused, come back, sent twice. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { endToEndIdOf } from '../../domain/ids.ts';
import { childOf, readXmlRecords, type XmlNode } from '../../platform/xml.ts';
import { type Accepted, control, openHub, type Problem, type TenantClient } from '../hub.ts';
import { pain001 } from '../iso-message.ts';
import { anIdentifier } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const schema = readFileSync(new URL('../specs/pain.002.001.11.xsd', import.meta.url), 'utf8');
const hub = openHub();
const post = <B = Accepted>(tenant: TenantClient, xml: string, query = '') =>
  tenant.call<B>(`/batchtransactions?type=pain.001${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/xml' },
    body: xml,
  });

async function reported(tenant: TenantClient, batchId: string, n: number) {
  const { status, text, headers } = await tenant.call(`/api/v1/batches/${batchId}/result?format=pain.002&n=${n}`);
  expect(status, text).toBe(200);
  expect(headers.get('content-type')).toBe('application/xml; charset=utf-8');
  const contents = text.replace('pain.002.001.10', 'pain.002.001.11');
  expect(await validateXML({ xml: { fileName: 'report.xml', contents }, schema })).toMatchObject({ errors: [] });
  const names = new Set(['OrgnlGrpInfAndSts', 'TxInfAndSts']);
  const root = (_: string, namespace: string) => expect(namespace).toMatch(/pain\.002\.001\.10$/);
  const records: XmlNode[] = [];
  for await (const { node } of readXmlRecords(Readable.from([text]), names, root)) records.push(node);
  const of = (at: number, ...path: string[]) => childOf(records[at], ...path)?.text;
  const payments = records
    .slice(1)
    .map((_, i) => [of(i + 1, 'OrgnlEndToEndId'), of(i + 1, 'TxSts'), of(i + 1, 'StsRsnInf', 'Rsn', 'Cd')]);
  return { message: of(0, 'OrgnlMsgId'), status: of(0, 'GrpSts'), payments };
}

test('a message is paid, and answered by a status report that names its own ids; one that comes back makes another', async () => {
  const tenant = await hub.aTenant();
  const messageId = randomUUID().slice(0, 20);
  const xml = pain001(messageId, [
    { id: 'E-1', payee: anIdentifier(), amount: '12.50' },
    { id: 'E-2', payee: anIdentifier('0404'), amount: '10.00' },
    { id: 'E-3', payee: anIdentifier(), amount: '10.001' },
  ]);
  const { status, text, body } = await post(tenant, xml);
  expect(status, text).toBe(202);
  expect(body.request_id).toBe(messageId);
  const batchId = body.batch_id;
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', total: 3, successful: 1, failed: 2 });
  expect(await reported(tenant, batchId, 1)).toEqual({
    message: messageId,
    status: 'PART',
    payments: [
      ['E-1', 'ACSC', undefined],
      ['E-2', 'RJCT', 'AC01'],
      ['E-3', 'RJCT', 'FF01'],
    ],
  });
  const lines = await tenant.lines(batchId);
  expect(lines.map((line) => line.status)).toEqual(['SUCCESS', 'FAILURE', 'FAILURE']);
  expect(await post(tenant, xml)).toMatchObject({ status: 202, body: { batch_id: batchId } });
  const form = new FormData();
  form.set('data', new Blob([xml]), 'salaries.xml');
  const asFile = await tenant.call('/batchtransactions?type=pain.001', { method: 'POST', body: form });
  expect(asFile, asFile.text).toMatchObject({ status: 202, body: { batch_id: batchId } });
  expect(await post(tenant, xml.replace('12.50', '12.51'))).toMatchObject({ status: 422 });
  await control('bank-file', { return: endToEndIdOf(batchId, 1) });
  await tenant.until(batchId, ({ results }) => results.length === 2);
  const { status: group, payments } = await reported(tenant, batchId, 2);
  expect([group, payments[0]]).toEqual(['RJCT', ['E-1', 'RJCT', 'AC04']]);
  expect(await tenant.call(`/api/v1/batches/${batchId}/result?format=pain.003`)).toMatchObject({ status: 400 });
});

test('a message that cannot be paid is refused with its elements named, and nothing stays of it', async () => {
  const tenant = await hub.aTenant();
  const xml = pain001('M-1', [{ id: 'E-1', payee: '1234', amount: '1,5' }]).replace('<NbOfTxs>1', '<NbOfTxs>2');
  const { status, body } = await post<Problem & { errors: { name: string; message: string }[] }>(tenant, xml);
  expect(status).toBe(400);
  expect(body.errors).toEqual([
    {
      name: 'Document/CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt',
      message: expect.stringMatching(/^line 4: .*1250\.50/),
    },
  ]);
  expect(await hub.c.batches.countDocuments({ tenantId: tenant.id })).toBe(0);
  expect(await hub.c.uploads.countDocuments({ tenantId: tenant.id })).toBe(0);
});

test('a dry run checks a message and pays nothing; rules choose the rail', async () => {
  const tenant = await hub.aTenant();
  const rules = { mode: 'gsma', agents: {}, service_levels: {} };
  const put = (body: unknown) =>
    tenant.call(`/api/v1/tenants/${tenant.id}/pain001`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', 'X-User': 'olga' },
      body: JSON.stringify(body),
    });
  // Of fewer letters than an account of a bank has.
  const xml = pain001('M-2', [{ id: 'E-1', payee: '123', amount: '1.50' }]);
  const tried = () => post(tenant, xml, '&dryRun=true');
  expect(await tried()).toMatchObject({ body: { accepted: 0, rowErrors: [{ code: 'rail_refused' }] } });
  expect(await put({ ...rules, mode: 'pigeon' })).toMatchObject({ status: 400 });
  expect(await put(rules)).toMatchObject({ status: 200, body: rules });
  expect(await tried()).toMatchObject({ status: 200, body: { valid: true, accepted: 1 } });
  expect(await hub.c.batches.countDocuments({ tenantId: tenant.id })).toBe(0);
});
