import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { childOf, readXmlRecords, type XmlRecord, xmlText } from './xml.ts';

async function read(text: string, pieceBytes = 7): Promise<XmlRecord[]> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, i) =>
    bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes),
  );
  const all: XmlRecord[] = [];
  for await (const record of readXmlRecords(Readable.from(pieces), new Set(['r']), () => {})) all.push(record);
  return all;
}

test('records come one by one, with what was read of the elements around them', async () => {
  const [first, second, ...none] = await read('<a xmlns="u"><h>é</h><r k="1"><t> x&amp;y </t></r><r/><z/></a>');
  expect(first?.node).toMatchObject({ name: 'r', attributes: { k: '1' }, children: [{ name: 't', text: 'x&y' }] });
  expect(first?.ancestors[0]).toMatchObject({ name: 'a', children: [{ name: 'h', text: 'é' }, { name: 'z' }] });
  expect(second?.node.children).toEqual([]);
  expect(none).toEqual([]);
});

test('an element of another namespace is not one of ours, whatever its name', async () => {
  const records = await read('<p:a xmlns:p="u" xmlns:q="v"><q:r><p:r>1</p:r></q:r><p:r>2</p:r></p:a>');
  expect(records.map(({ node }) => node.text)).toEqual(['2']);
});

test.for([
  ['a document type', '<!DOCTYPE a><a><r/></a>'],
  ['an entity of its own', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a><r>&e;</r></a>'],
  ['a bomb of entities', '<!DOCTYPE a [<!ENTITY e "ha"><!ENTITY f "&e;&e;">]><a><r>&f;</r></a>'],
  ['an entity that nobody named', '<a><r>&e;</r></a>'],
  ['no end', '<a><r/>'],
  ['tags that cross', '<a><r></a></r>'],
  ['two roots', '<a/><a/>'],
  ['no XML', 'id,amount\n1,2\n'],
  ['nothing in it', ''],
  ['very deep elements', `${'<a>'.repeat(40)}${'</a>'.repeat(40)}`],
  ['very many elements in one', `<a>${'<b/>'.repeat(1_001)}</a>`],
  ['a letter that there is not', '<a><r>&#1;</r></a>'],
  ['half a letter', '<a><r k="&#xD800;"/></a>'],
  ['a very long text', `<a><r>${'x'.repeat(200_000)}</r></a>`],
] as const)('a file with %s is refused', async ([, text]) => {
  await expect(read(text, 1_000)).rejects.toThrow(SyntaxError);
});

test('space between many records is not counted as text', async () => {
  const records = await read(`<a>${'\n          <r>\n  1\n</r>'.repeat(2_000)}</a>`, 1_000);
  expect(records).toHaveLength(2_000);
  expect(records.at(-1)).toMatchObject({ node: { text: '1' }, ancestors: [{ text: '' }] });
});

test('what is not UTF-8 is refused', async () => {
  const bytes = Buffer.from('<a><r>\xe9</r></a>', 'latin1');
  const records = readXmlRecords(Readable.from([bytes]), new Set(['r']), () => {});
  await expect(records.next()).rejects.toThrow('not UTF-8');
});

test('whatever text is written, the same is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 50 }), async (any) => {
      const text = any.replace(/[\p{Cc}\p{Cs}\p{Cn}]/gu, '').trim();
      const [record] = await read(`<a><r k="${xmlText(text)}"><t>${xmlText(text)}</t></r></a>`, 3);
      expect(childOf(record?.node, 't')?.text).toBe(text);
    }),
  );
});

test('a child that is there twice is none', async () => {
  const [record] = await read('<a><r><t>1</t><t>2</t><u><v>3</v></u></r></a>');
  expect(childOf(record?.node, 't')).toBeUndefined();
  expect(childOf(record?.node, 'u', 'v')?.text).toBe('3');
});
