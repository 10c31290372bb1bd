import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { formatMoney, type Money } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { childOf, readXmlRecords, type XmlNode } from '../../platform/xml.ts';
import { aPayment } from './a-payment.ts';
import { endToEndIdOfIso, isoIdOf, reasonWords, refusalOf, transactionOf } from './mapping.ts';
import { generationOf, messageIdsOf } from './message-ids.ts';
import { type Instruction, pain001Namespace, pain001Of, type Transaction } from './pain001.ts';
import { readPain001 } from './simulator-bank.ts';

const schema = readFileSync(new URL('../../test/specs/pain.001.001.09.xsd', import.meta.url), 'utf8');

async function complaintsOf(document: string): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: { fileName: 'pain001.xml', contents: document },
    schema,
    initialMemoryPages: 1_024,
    maxMemoryPages: 16_384,
  });
  return errors.map(({ message }) => message);
}

const anInstruction = (like: Partial<Instruction>): Instruction => ({
  id: messageIdsOf('a message')[0]!,
  at: new Date('2026-11-23T10:00:00.123Z'),
  count: 1,
  sum: '1',
  debtorName: 'Ministry of Finance',
  debtorAccount: { other: '003001003874120160' },
  debtorBic: 'TRIBSLF1XXX',
  executionDate: '2026-11-24',
  ...like,
});

function documentOf(payments: readonly Payment[], like: Partial<Instruction> = {}): string {
  const transactions = payments.map((payment) => transactionOf(payment, 'utf-8') as Transaction);
  const minor = payments.reduce((sum, { amount }) => sum + amount.minor, 0n);
  const sum = formatMoney({ minor, currency: payments[0]!.amount.currency });
  return [...pain001Of(anInstruction({ count: payments.length, sum, ...like }), transactions)].join('');
}

test('a file of all that a payment can carry is valid by the published schema', async () => {
  const document = documentOf(
    [
      aPayment(1),
      aPayment(2, { note: '' }),
      aPayment(3, { extra: { payee_name: 'Ada "A" <Kamara> & Sons', payee_bic: 'slcbslfr' } }),
      aPayment(4, { payee: { type: 'IBAN', id: 'de89 3704 0044 0532 0130 00' }, cash: '9007199254740.93' }),
      aPayment(5, { extra: { payee_first_name: 'Ada', payee_last_name: 'Kamara' } }),
    ],
    { id: messageIdsOf('a message')[98]!, debtorAccount: { iban: 'GB82WEST12345698765432' } },
  );
  expect(await complaintsOf(document)).toEqual([]);
  expect(document).toContain('<NbOfTxs>5</NbOfTxs><CtrlSum>9007199258140.93</CtrlSum>');
});

test('what the schema refuses is refused here too: the check is a check', async () => {
  const document = documentOf([aPayment(1)]);
  expect(await complaintsOf(document.replace(/<NbOfTxs>1<\/NbOfTxs>/, ''))).not.toEqual([]);
  expect(await complaintsOf(document.replace('TRIBSLF1XXX', 'trib'))).not.toEqual([]);
});

const aMoney = fc.record({
  minor: fc.bigInt({ min: 1n, max: 999_999_999_999_999n }),
  currency: fc.constantFrom('USD', 'JPY', 'KWD'),
}) satisfies fc.Arbitrary<Money>;

test('CtrlSum is the sum of InstdAmt at both levels, NbOfTxs their number, and each payment is read as it was written', async () => {
  const lists = fc.tuple(fc.constantFrom('USD', 'JPY', 'KWD'), fc.array(aMoney, { minLength: 1, maxLength: 20 }));
  await fc.assert(
    fc.asyncProperty(lists, async ([currency, monies]) => {
      const payments = monies.map(({ minor }, i) => aPayment(i + 1, { amount: { minor, currency } }));
      const read = await readPain001(documentOf(payments));
      expect(read.refusal).toBeUndefined();
      expect(read.payments).toEqual(
        payments.map(({ endToEndId, payee, amount }) => ({
          id: endToEndId,
          payee: payee.id,
          amount: formatMoney(amount),
          currency,
        })),
      );
    }),
    { numRuns: 30 },
  );
});

test('whatever name and note a payment has, the file carries them exactly or the payment is refused', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 150 }).filter((each) => !/[\p{Cc}\p{Cs}\p{Cn}]/u.test(each));
  await fc.assert(
    fc.asyncProperty(text, text, async (name, note) => {
      const payment = aPayment(1, { note, extra: { payee_name: name } });
      const written = transactionOf(payment, 'utf-8');
      if ('kind' in written) {
        expect(written).toMatchObject({ kind: 'rejected', code: 400 });
        return;
      }
      const document = [...pain001Of(anInstruction({ sum: '850.00' }), [written])].join('');
      const [node] = await transactionsIn(document);
      const single = (each: string) => each.replace(/\s+/gu, ' ').trim();
      expect(childOf(node, 'Cdtr', 'Nm')?.text).toBe(single(name) || 'NOTPROVIDED');
      expect(childOf(node, 'RmtInf', 'Ustrd')?.text ?? '').toBe(single(note));
    }),
  );
});

async function transactionsIn(document: string): Promise<XmlNode[]> {
  const nodes: XmlNode[] = [];
  const root = (_: string, namespace: string) => expect(namespace).toBe(pain001Namespace);
  for await (const { node } of readXmlRecords(Readable.from([document]), new Set(['CdtTrfTxInf']), root))
    nodes.push(node);
  return nodes;
}

test('a hundred thousand payments are written piece by piece, and a file of thousands is valid', async () => {
  const transaction = transactionOf(aPayment(1), 'latin') as Transaction;
  let longest = 0;
  let count = 0;
  function* many(): Generator<Transaction> {
    for (let i = 0; i < 100_000; i++) yield { ...transaction, endToEndId: i.toString(16).padStart(32, '0') };
  }
  for (const piece of pain001Of(anInstruction({ count: 100_000, sum: '85000000.00' }), many())) {
    longest = Math.max(longest, piece.length);
    if (piece.startsWith('<CdtTrfTxInf>')) count += 1;
  }
  expect(count).toBe(100_000);
  expect(longest).toBeLessThan(2_000);
  expect(await complaintsOf(documentOf(Array.from({ length: 5_000 }, (_, i) => aPayment(i + 1))))).toEqual([]);
});

test.for([
  ['a name in letters that the bank cannot carry', { extra: { payee_name: '王小明' } }, 'payee_name'],
  ['a name of 71 letters', { extra: { payee_name: 'x'.repeat(71) } }, 'payee_name'],
  ['a note in such letters', { note: 'спасибо' }, 'note'],
  ['a note of 141 letters', { note: 'x'.repeat(141) }, 'note'],
  ['a BIC that is none', { extra: { payee_bic: 'SLCB' } }, 'payee_bic'],
] as const)('a payment with %s is refused and says so', ([, like, railCode]) => {
  const answer = transactionOf(aPayment(1, like), 'latin');
  expect(answer).toMatchObject({ kind: 'rejected', code: 400, railCode, text: expect.stringMatching(/./) });
});

test('ids go to 32 characters and back, one to one', () => {
  fc.assert(fc.property(fc.uuid(), (id) => isoIdOf(id).length === 32 && endToEndIdOfIso(isoIdOf(id)) === id));
  expect(endToEndIdOfIso('NOTPROVIDED')).toBeUndefined();
});

test('the ids of a message are fixed, differ, fit into 35 characters, and say which file they name', () => {
  const ids = messageIdsOf(`${randomUUID()}-1-1`);
  expect(new Set(ids).size).toBe(99);
  expect(ids.every((id) => id.length >= 32 && id.length <= 35)).toBe(true);
  expect(ids.map(generationOf)).toEqual(ids.map((_, i) => i + 1));
  expect(messageIdsOf('m')).toEqual(messageIdsOf('m'));
  expect(messageIdsOf('n')[0]).not.toBe(messageIdsOf('m')[0]);
});

test('every reason that a bank may give is something to the hub, and one that is not known is a refusal', () => {
  for (const code of reasonWords)
    expect(refusalOf('RJCT', [code], '').kind, code).toMatch(/rejected|payerBlocked|unknown/);
  expect(refusalOf('RJCT', ['AC01'], 'no such account')).toMatchObject({
    kind: 'rejected',
    code: 404,
    railCode: 'AC01',
  });
  expect(refusalOf('RJCT', ['AM04'], '')).toMatchObject({ kind: 'payerBlocked', railCode: 'AM04' });
  expect(refusalOf('RJCT', ['AM05'], '')).toMatchObject({ kind: 'unknown' });
  expect(refusalOf('RJCT', ['XX99'], '')).toMatchObject({
    kind: 'rejected',
    code: 422,
    railCode: 'XX99',
    text: 'XX99',
  });
  expect(refusalOf('CANC', [], '')).toMatchObject({ kind: 'rejected', code: 422, railCode: 'CANC' });
});
