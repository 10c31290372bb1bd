/** Keeps projections: documents are read and written in bulk, and a write meets only the version that it was made from. */
import { type AnyBulkWriteOperation, type Collection, type Filter, insertMissing } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { HeatDoc, IncidentDoc, ProcessInstanceDoc, ProcessModelDoc } from './process-documents.ts';

/** What all projections have: the id, and the last record that is folded in. */
export type Projection = { _id: string; position: number };

/** A document, and the position of the stored one that it was made from; undefined where there was none. */
export type Version<T extends Projection> = { readonly doc: T; readonly madeFrom?: number };

export type Projections<T extends Projection> = {
  load(ids: readonly string[]): Promise<T[]>;
  /** Answers the ids of those that somebody else wrote meanwhile: they are to be loaded and folded again. */
  save(versions: readonly Version<T>[]): Promise<string[]>;
};

export type ProjectionStore = {
  addModels(models: readonly ProcessModelDoc[]): Promise<void>;
  readonly instances: Projections<ProcessInstanceDoc>;
  readonly incidents: Projections<IncidentDoc>;
  readonly heat: Projections<HeatDoc>;
};

export function createProjectionStore(c: Collections): ProjectionStore {
  return {
    // A model never changes; each of Zeebe's partitions tells it.
    async addModels(models) {
      const once = new Map(models.map((model) => [model._id, model]));
      await insertMissing(c.processModels, [...once.values()]);
    },
    instances: createProjections(c.processInstances),
    incidents: createProjections(c.incidents),
    heat: createProjections(c.processHeat),
  };
}

function createProjections<T extends Projection>(collection: Collection<T>): Projections<T> {
  return {
    async load(ids) {
      if (ids.length === 0) return [];
      return (await collection.find({ _id: { $in: ids } } as Filter<T>).toArray()) as unknown as T[];
    },

    async save(versions) {
      if (versions.length === 0) return [];
      try {
        await collection.bulkWrite(versions.map(operationOf), { ordered: false });
        return [];
      } catch (error) {
        const { writeErrors } = error as { writeErrors?: { code: number; index: number }[] };
        if (!writeErrors?.length || !writeErrors.every(({ code }) => code === 11000)) throw error;
        return writeErrors.map(({ index }) => versions[index]!.doc._id);
      }
    },
  };
}

/** Of another version the filter finds nothing, and the upsert meets its `_id`. */
function operationOf<T extends Projection>({ doc, madeFrom }: Version<T>): AnyBulkWriteOperation<T> {
  if (madeFrom === undefined) return { insertOne: { document: doc } } as AnyBulkWriteOperation<T>;
  const filter = { _id: doc._id, position: madeFrom } as unknown as Filter<T>;
  return { replaceOne: { filter, replacement: doc, upsert: true } } as AnyBulkWriteOperation<T>;
}

/** Forgets all that can be made anew from the records; the models stay. */
export async function clearProjections(c: Collections): Promise<void> {
  await Promise.all([c.processInstances.deleteMany({}), c.incidents.deleteMany({}), c.processHeat.deleteMany({})]);
}
