import { expect, test } from 'vitest';
import { Problem } from '../domain/problem.ts';
import { type AdmissionLimits, createAdmission, type Refusal } from './admission.ts';

const limits: AdmissionLimits = {
  batchesWaiting: 10,
  batchesWaitingOfTenant: 5,
  transfersWaiting: 100,
  transfersWaitingOfTenant: 50,
  uploadsAtOnce: 4,
  memoryBytes: 1_000,
};

function aDoor(counts: Record<string, number> = {}, memory = 0) {
  const refusals: Refusal[] = [];
  const door = createAdmission({
    limits,
    waiting: {
      batches: async () => new Map(Object.entries(counts)),
      transfers: async () => new Map(Object.entries(counts).map(([tenantId, n]) => [tenantId, n * 10])),
    },
    onRefusal: (reason) => refusals.push(reason),
    memoryBytes: () => memory,
  });
  const held: (() => void)[] = [];
  const hold = (tenantId: string) => {
    const ended = door.place(tenantId, () => new Promise<void>((resolve) => held.push(resolve)));
    ended.catch(() => undefined);
    return ended;
  };
  return { door, refusals, held, hold };
}

const isFull = (error: unknown) => error instanceof Problem && error.code === 'hub-full';

test('work is taken while few batches wait, of the tenant and of all', async () => {
  const { door, refusals } = aDoor({ a: 5, b: 4 });
  await expect(door.checkRoom('b', 'batches')).resolves.toBeUndefined();
  await expect(door.checkRoom('a', 'batches')).rejects.toSatisfy(isFull);
  await expect(aDoor({ a: 5, c: 5 }).door.checkRoom('b', 'batches')).rejects.toSatisfy(isFull);
  await expect(door.checkRoom('a', 'transfers')).rejects.toSatisfy(isFull);
  await expect(door.checkRoom('b', 'transfers')).resolves.toBeUndefined();
  expect(refusals).toEqual(['tenant-batches', 'tenant-transfers']);
});

test('files have so many places at once, of which a tenant has half, and a place is free again when its file is there', async () => {
  const { hold, held, refusals } = aDoor();
  const first = hold('a');
  void hold('a');
  await expect(hold('a')).rejects.toSatisfy(isFull);
  void hold('b');
  void hold('c');
  await expect(hold('d')).rejects.toSatisfy(isFull);
  held[0]!();
  await first;
  void hold('d');
  await Promise.resolve();
  expect(held).toHaveLength(5);
  expect(refusals).toEqual(['tenant-uploads', 'uploads']);
});

test('a place is given back by a file that fails', async () => {
  const { door } = aDoor();
  for (let i = 0; i < 10; i += 1) {
    await expect(door.place('a', () => Promise.reject(new Error('cut off')))).rejects.toThrow('cut off');
  }
});

test('no file is received without memory for it', async () => {
  const { door, refusals } = aDoor({}, 1_001);
  await expect(door.place('a', async () => 1)).rejects.toSatisfy(isFull);
  expect(refusals).toEqual(['memory']);
});
