import { expect, test } from 'vitest';
import type { Version } from '../store/projections.ts';
import { createVersions } from './versions.ts';

type Doc = { _id: string; position: number; isOver?: boolean };

/** Keeps what is saved, and tells what was loaded. */
function stored(docs: readonly Doc[] = []) {
  const loaded: string[] = [];
  const saved: Version<Doc>[] = [];
  const projections = {
    async load(ids: readonly string[]) {
      loaded.push(...ids);
      return docs.filter(({ _id }) => ids.includes(_id));
    },
    async save(versions: readonly Version<Doc>[]) {
      saved.push(...versions);
      return versions.filter(({ doc }) => doc._id === 'lost').map(({ doc }) => doc._id);
    },
  };
  return { projections, loaded, saved };
}

test('a document is loaded once, written once per batch, and from the position that is stored', async () => {
  const { projections, loaded, saved } = stored([{ _id: 'a', position: 3 }]);
  const versions = createVersions(projections, { docsMax: 10 });
  await versions.have(['a', 'a', 'b']);
  versions.set({ _id: 'a', position: 4 });
  versions.set({ _id: 'a', position: 5 });
  versions.set({ _id: 'b', position: 5 });
  expect(await versions.save()).toBe(false);
  versions.set({ _id: 'a', position: 6 });
  await versions.save();
  await versions.have(['a', 'b']);
  expect(loaded).toEqual(['a', 'b']);
  expect(saved).toEqual([
    { doc: { _id: 'a', position: 5 }, madeFrom: 3 },
    { doc: { _id: 'b', position: 5 }, madeFrom: undefined },
    { doc: { _id: 'a', position: 6 }, madeFrom: 5 },
  ]);
});

test('those that are over, that somebody else wrote, and that were not used for long are loaded again when needed', async () => {
  const { projections, loaded } = stored();
  const versions = createVersions<Doc>(projections, { docsMax: 2, isOver: ({ isOver = false }) => isOver });
  const ids = ['over', 'lost', 'old', 'newer', 'newest'];
  await versions.have(ids);
  for (const _id of ids) versions.set({ _id, position: 1, isOver: _id === 'over' });
  expect(await versions.save()).toBe(true);
  loaded.length = 0;
  await versions.have(ids);
  expect(loaded).toEqual(['over', 'lost', 'old']);
});
