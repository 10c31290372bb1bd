import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Projection, ProjectionStore, Projections } from '../store/projections.ts';
import { createProjectRecords } from './project-records.ts';
import type { ZeebeRecord } from './record.ts';
import { historyOf, type Story } from './sample-records.ts';

const options = { keepMs: 60_000 };
const aStory = (like: Partial<Story> = {}): Story => ({
  loops: 1,
  start: 'command',
  fails: false,
  end: 'completed',
  partition: 1,
  tenant: 'a',
  ...like,
});
const stories = fc.array(
  fc.record<Story>({
    loops: fc.nat(3),
    start: fc.constantFrom('command', 'message'),
    fails: fc.boolean(),
    end: fc.constantFrom('completed', 'terminated', 'none'),
    partition: fc.integer({ min: 1, max: 3 }),
    tenant: fc.constantFrom('a', 'b'),
  }),
  { minLength: 1, maxLength: 6 },
);

test('an instance is one document: state, times, whose it is, and its elements with loops counted', async () => {
  const { store, all } = memory();
  await createProjectRecords(store, options)(historyOf([aStory({ loops: 3 })]));
  const [instance] = all().instances;
  expect(instance).toMatchObject({
    _id: '1000',
    processId: 'transfer-toy',
    version: 3,
    modelKey: '77',
    tenantId: 'a',
    batchId: 'batch-of-a',
    row: 1,
    state: 'completed',
    startedAt: new Date(2_000),
    incidents: 0,
  });
  expect(instance!.expireAt!.getTime()).toBe(instance!.endedAt!.getTime() + options.keepMs);
  expect(instance!.elements.map(({ id, entered, completed }) => [id, entered, completed])).toEqual([
    ['Start', 1, 1],
    ['Task_Ask', 3, 3],
    ['Task_Pay', 1, 1],
  ]);
});

test('an incident says whose it is, where, why and after which job; its end closes it', async () => {
  const { store, all } = memory();
  const project = createProjectRecords(store, options);
  const records = historyOf([aStory({ fails: true })]);
  const open = records.findIndex(({ intent }) => intent === 'RESOLVED');
  await project(records.slice(0, open));
  const facts = {
    elementId: 'Task_Pay',
    errorType: 'JOB_NO_RETRIES',
    jobType: 'pay-toy',
    tenantId: 'a',
    instanceKey: '1000',
  };
  expect(all().incidents).toMatchObject([{ ...facts, state: 'open', message: 'Error: no way, 4711' }]);
  expect(all().instances).toMatchObject([{ state: 'active', incidents: 1 }]);
  await project(records.slice(open));
  expect(all().incidents).toMatchObject([{ ...facts, state: 'resolved' }]);
  expect(all().instances).toMatchObject([{ state: 'completed', incidents: 0 }]);
});

test('counts of a tenant and of a batch are those of their instances', async () => {
  const { store, all } = memory();
  const ended = Array.from({ length: 3 }, () => aStory());
  const stuck = [aStory({ fails: true, end: 'none' })];
  await createProjectRecords(store, options)(historyOf([...ended, ...stuck, aStory({ tenant: 'b' })]));
  const counts = { started: 4, completed: 3, incidents: 1 };
  const pay = { id: 'Task_Pay', entered: 4, completed: 3, terminated: 0, incidents: 1 };
  const ofA = all().heat.filter(({ tenantId }) => tenantId === 'a');
  expect(ofA).toHaveLength(2);
  for (const heat of ofA) expect(heat).toMatchObject({ ...counts, elements: expect.arrayContaining([pay]) });
});

test('any interleaving of partitions, any repetition and any cut into batches comes to the same documents', async () => {
  await fc.assert(
    fc.asyncProperty(stories, fc.infiniteStream(fc.nat(1_000)), async (told, dice) => {
      const history = historyOf(told);
      const roll = (max: number) => (dice.next().value as number) % max;
      expect(await projected(deliveries(history, roll))).toEqual(await projected([history]));
    }),
    { numRuns: 150 },
  );
});

test('killed between any two writes and started again from the last commit, it comes to the same documents', async () => {
  await fc.assert(
    fc.asyncProperty(stories, fc.integer({ min: 1, max: 40 }), fc.nat(2), async (told, size, broken) => {
      const history = historyOf(told);
      const batches = Array.from({ length: Math.ceil(history.length / size) }, (_, n) =>
        history.slice(n * size, (n + 1) * size),
      );
      const { store, all } = memory();
      for (const batch of batches) {
        // Of three collections one is not written; the process ends, and a new one is told the same again.
        await expect(createProjectRecords(failing(store, broken), options)(batch)).rejects.toThrow('killed');
        await createProjectRecords(store, options)(batch);
      }
      expect(all()).toEqual(await projected([history]));
    }),
    { numRuns: 60 },
  );
});

test('two that are told the same at the same time write nothing twice', async () => {
  const { store, all } = memory();
  const history = historyOf([aStory({ fails: true }), aStory({ loops: 4 })]);
  const [one, two] = [createProjectRecords(store, options), createProjectRecords(store, options)];
  for (let at = 0; at < history.length; at += 5) {
    await Promise.all([one(history.slice(at, at + 5)), two(history.slice(0, at + 5))]);
  }
  expect(all()).toEqual(await projected([history]));
});

test('an instance that another one called works for whoever that one works for', async () => {
  const { store, all } = memory();
  const [parent, child] = [historyOf([aStory({ end: 'none' })]), historyOf([aStory()])];
  const called = child.slice(1).map((record) => ({
    ...record,
    position: record.position + 100,
    value: { ...record.value, processInstanceKey: '55', parentProcessInstanceKey: '1000' },
  })) as ZeebeRecord[];
  await createProjectRecords(store, options)(parent);
  await createProjectRecords(store, options)(called);
  expect(all().instances.find(({ _id }) => _id === '55')).toMatchObject({
    parent: '1000',
    tenantId: 'a',
    state: 'completed',
  });
});

/** As Kafka may bring them: partitions in any order, each in its own; cut anywhere; steps back that repeat what was told. */
function deliveries(history: readonly ZeebeRecord[], roll: (max: number) => number): ZeebeRecord[][] {
  const partitions = [...new Set(history.map(({ partitionId }) => partitionId))];
  const queues = partitions.map((n) => history.filter(({ partitionId }) => partitionId === n));
  const at = queues.map(() => 0);
  const batches: ZeebeRecord[][] = [];
  while (queues.some((queue, n) => at[n]! < queue.length)) {
    const n = roll(queues.length);
    const batch = queues[n]!.slice(at[n]!, at[n]! + 1 + roll(20));
    batches.push(batch);
    at[n]! += batch.length;
    if (roll(3) === 0) at[n] = Math.max(0, at[n]! - roll(15));
  }
  return batches;
}

async function projected(batches: readonly (readonly ZeebeRecord[])[]) {
  const { store, all } = memory();
  const project = createProjectRecords(store, options);
  for (const batch of batches) await project(batch);
  return all();
}

/** Documents by id: what a database would keep, and its refusal of a write that was made from another version. */
function memory() {
  const [instances, incidents, heat] = [new Map(), new Map(), new Map()];
  const store: ProjectionStore = {
    addModels: async () => undefined,
    instances: inMemory(instances),
    incidents: inMemory(incidents),
    heat: inMemory(heat),
  };
  const sorted = <T extends Projection>(docs: Map<string, T>) =>
    [...docs.values()].sort((a, b) => (a._id < b._id ? -1 : 1));
  type Docs<P> = P extends Projections<infer T> ? T[] : never;
  const all = () => ({
    instances: sorted(instances) as Docs<ProjectionStore['instances']>,
    incidents: sorted(incidents) as Docs<ProjectionStore['incidents']>,
    heat: sorted(heat) as Docs<ProjectionStore['heat']>,
  });
  return { store, all };
}

function inMemory<T extends Projection>(docs: Map<string, T>): Projections<T> {
  return {
    load: async (ids) => ids.flatMap((id) => docs.get(id) ?? []),
    async save(versions) {
      const lost = versions.filter(({ doc, madeFrom }) => docs.get(doc._id)?.position !== madeFrom);
      for (const version of versions) if (!lost.includes(version)) docs.set(version.doc._id, version.doc);
      return lost.map(({ doc }) => doc._id);
    },
  };
}

function failing(store: ProjectionStore, broken: number): ProjectionStore {
  const name = (['instances', 'incidents', 'heat'] as const)[broken]!;
  const save = () => Promise.reject(new Error('killed'));
  return { ...store, [name]: { ...store[name], save } };
}
