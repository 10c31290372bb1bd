import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRecords } from '../platform/csv.ts';
import { csvOfJson } from './json-rows.ts';

test('every text of a payment is a cell of its row, however the body is cut', async () => {
  const text = fc.string({ maxLength: 12, unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', '😀', ' ', '\\') });
  const payment = fc.record({ amount: text, currency: text, note: text, payer: text, payee: text, mode: text });
  await fc.assert(
    fc.asyncProperty(fc.array(payment, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), async (payments, size) => {
      const body = payments.map(({ amount, currency, note, payer, payee, mode }) => ({
        creditParty: [{ key: 'MSISDN', value: payee }],
        debitParty: [{ key: 'accountnumber', value: payer }],
        paymentMode: mode,
        amount,
        currency,
        descriptionText: note,
        requestId: 'r',
      }));
      const records = [];
      for await (const { cells } of readRecords(encoded(csvOfJson(pieces(JSON.stringify(body), size)))))
        records.push(cells);
      expect(records.slice(1)).toEqual(
        payments.map(({ amount, currency, note, payer, payee, mode }, i) => [
          ...[String(i), 'r', mode.toLowerCase(), 'accountNumber', payer, 'msisdn', payee, amount, currency, note],
        ]),
      );
    }),
  );
});

test('a payment without requestId gets the same one each time', async () => {
  const csv = async () => {
    let all = '';
    for await (const text of csvOfJson(pieces('[{"amount":"1"},{"amount":"1"}]', 7))) all += text;
    return all;
  };
  expect(await csv()).toBe(await csv());
  const [, first, second] = (await csv()).split('\n');
  expect(first!.split(',')[1]).not.toBe(second!.split(',')[1]);
});

test('the wrong things of many payments are named together', async () => {
  const body = JSON.stringify([{ colour: 1 }, { amount: 1 }, { creditParty: {} }, 7]);
  const reading = (async () => {
    for await (const _ of csvOfJson(pieces(body, 9)));
  })();
  await expect(reading).rejects.toMatchObject({
    extra: {
      errors: ['[0].colour', '[1].amount', '[2].creditParty', '[3]'].map((name) => expect.objectContaining({ name })),
    },
  });
});

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield Buffer.from(text);
}
