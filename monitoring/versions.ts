/** The documents of one projection in hand: loaded when needed, kept for a while, written when changed. */
import type { Projection, Projections, Version } from '../store/projections.ts';

export type Versions<T extends Projection> = {
  /** Makes sure that those that exist are in hand. */
  have(ids: Iterable<string>): Promise<void>;
  get(id: string): T | undefined;
  set(doc: T): void;
  /** Writes what was changed; true when somebody else had written some of it, which is to be folded again. */
  save(): Promise<boolean>;
  /** Nothing in hand is believed any more. */
  forget(): void;
};

/** `docsMax`: how many are kept between batches; `isOver`: those that nothing more is expected of. */
export function createVersions<T extends Projection>(
  projections: Projections<T>,
  { docsMax, isOver = () => false }: { readonly docsMax: number; readonly isOver?: (doc: T) => boolean },
): Versions<T> {
  /** In the order of their last use. */
  const inHand = new Map<string, Version<T>>();
  const changed = new Set<string>();

  function put(id: string, version: Version<T>): void {
    inHand.delete(id);
    inHand.set(id, version);
  }

  return {
    async have(ids) {
      const missing = [...new Set(ids)].filter((id) => !inHand.has(id));
      for (const doc of await projections.load(missing)) put(doc._id, { doc, madeFrom: doc.position });
    },
    get: (id) => inHand.get(id)?.doc,
    set(doc) {
      const before = inHand.get(doc._id);
      if (before?.doc === doc) return;
      put(doc._id, { doc, madeFrom: before?.madeFrom });
      changed.add(doc._id);
    },
    async save() {
      const versions = [...changed].map((id) => inHand.get(id)!);
      const lost = new Set(await projections.save(versions));
      changed.clear();
      for (const { doc } of versions) {
        if (lost.has(doc._id) || isOver(doc)) inHand.delete(doc._id);
        else inHand.set(doc._id, { doc, madeFrom: doc.position });
      }
      for (const id of inHand.keys()) {
        if (inHand.size <= docsMax) break;
        inHand.delete(id);
      }
      return lost.size > 0;
    },
    forget() {
      inHand.clear();
      changed.clear();
    },
  };
}
