import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attachment, createObjectStore, ObjectMissing, type ObjectStore } from './object-store.ts';

let objects: ObjectStore;
beforeAll(() => {
  const env = (name: string) => process.env[name] ?? '';
  objects = createObjectStore({
    endpoint: env('S3_ENDPOINT'),
    accessKey: env('S3_ACCESS_KEY'),
    secretKey: env('S3_SECRET_KEY'),
    bucket: env('S3_BUCKET'),
    region: env('S3_REGION') || 'us-east-1',
  });
});
afterAll(() => objects.close());

const keyOf = (name: string) => `object-store-test/${randomUUID()}/${name}`;

test.each([0, 1, 70_000, 12_000_000])('%i bytes come back as they went', async (size) => {
  const key = keyOf('a b+ü.csv');
  const bytes = Buffer.alloc(size, 'payroll ');
  await objects.put(key, inPieces(bytes, 100_000));
  const hash = createHash('sha256');
  for await (const piece of await objects.get(key)) hash.update(piece as Buffer);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  const copied = keyOf('copy');
  await objects.copy(key, copied);
  expect(await objects.exists(copied)).toBe(true);
  await objects.remove(key);
  await objects.remove(key);
  expect(await objects.exists(key)).toBe(false);
});

test.each([1, 120])(
  'an upload whose source fails after %i pieces leaves nothing and throws its error',
  async (pieces) => {
    const key = keyOf('broken');
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < pieces; i++) yield Buffer.alloc(100_000);
      throw new Error('the sender hung up');
    }
    await expect(objects.put(key, source())).rejects.toThrow('the sender hung up');
    expect(await objects.exists(key)).toBe(false);
  },
);

test('an upload that is called off leaves nothing', async () => {
  const key = keyOf('aborted');
  const controller = new AbortController();
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 200; i++) {
      if (i === 120) controller.abort();
      yield Buffer.alloc(100_000);
    }
  }
  await expect(objects.put(key, source(), { signal: controller.signal })).rejects.toThrow();
  expect(await objects.exists(key)).toBe(false);
});

test('what is not there is missing', async () => {
  await expect(objects.get(keyOf('none'))).rejects.toBeInstanceOf(ObjectMissing);
  await expect(objects.copy(keyOf('none'), keyOf('to'))).rejects.toBeInstanceOf(ObjectMissing);
  await objects.ping();
});

test('a link works without keys and names the file', async () => {
  const key = keyOf('x');
  await objects.put(key, inPieces(Buffer.from('hello'), 2));
  const answer = await fetch(await objects.linkTo(key, { fileName: 'März "1".csv', seconds: 60 }));
  expect(await answer.text()).toBe('hello');
  expect(answer.headers.get('content-disposition')).toBe(attachment('März "1".csv'));
});

test('file names of any letters make a safe header', () => {
  expect(attachment('a\r\nb"c.csv')).toBe(`attachment; filename="a__b_c.csv"; filename*=UTF-8''a%0D%0Ab%22c.csv`);
});

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
