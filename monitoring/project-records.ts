/** Projects records: folds those of a batch in memory, then writes each document once. Told again, or killed half-way, it comes to the same. */
import type { ProcessInstanceDoc, ProcessModelDoc } from '../store/process-documents.ts';
import type { ProjectionStore } from '../store/projections.ts';
import { foldHeat, heatId, heatScopes } from './fold-heat.ts';
import { foldIncident } from './fold-incident.ts';
import { type FoldOptions, foldInstance } from './fold-instance.ts';
import type { IncidentRecord, InstanceRecord, ModelRecord, ZeebeRecord } from './record.ts';
import { createVersions } from './versions.ts';

/** Longer than any two writers meet by chance: a partition has one reader, but for the moment when it moves. */
const triesMax = 10;

export type ProjectRecords = (records: readonly ZeebeRecord[]) => Promise<void>;

/** Records of one partition of Zeebe come in the order of their positions, from whichever Kafka partition; calls one after another. */
export function createProjectRecords(store: ProjectionStore, options: FoldOptions): ProjectRecords {
  const instances = createVersions(store.instances, {
    docsMax: 5_000,
    isOver: ({ state }) => state !== 'active',
  });
  const incidents = createVersions(store.incidents, { docsMax: 100 });
  const heat = createVersions(store.heat, { docsMax: 500 });

  async function project(records: readonly InstanceRecord[]): Promise<boolean> {
    await instances.have(records.flatMap(instancesOf));
    for (const record of records) {
      const doc = instances.get(record.value.processInstanceKey);
      instances.set(foldInstance(doc, record, options, callerOf(record)));
    }
    await Promise.all([foldIncidents(records), foldHeats(records)]);
    const lost = await Promise.all([instances.save(), incidents.save(), heat.save()]);
    return lost.includes(true);
  }

  function callerOf(record: InstanceRecord): ProcessInstanceDoc | undefined {
    return record.valueType === 'PROCESS_INSTANCE' ? instances.get(record.value.parentProcessInstanceKey) : undefined;
  }

  async function foldIncidents(records: readonly InstanceRecord[]): Promise<void> {
    const ours = records.filter((record): record is IncidentRecord => record.valueType === 'INCIDENT');
    await incidents.have(ours.map(({ key }) => key));
    for (const record of ours) {
      const instance = instances.get(record.value.processInstanceKey)!;
      incidents.set(foldIncident(incidents.get(record.key), record, instance, options));
    }
  }

  async function foldHeats(records: readonly InstanceRecord[]): Promise<void> {
    const counted = records.flatMap((record) => {
      if (record.valueType !== 'PROCESS_INSTANCE' && record.valueType !== 'INCIDENT') return [];
      const instance = instances.get(record.value.processInstanceKey)!;
      return heatScopes(instance).map((scope) => ({ scope, id: heatId(scope, instance), record, instance }));
    });
    await heat.have(counted.map(({ id }) => id));
    for (const { scope, id, record, instance } of counted) {
      heat.set(foldHeat(heat.get(id), scope, record, instance, options));
    }
  }

  return async (records) => {
    await store.addModels(records.filter((record) => record.valueType === 'PROCESS').map(modelOf));
    const ours = records.filter((record): record is InstanceRecord => record.valueType !== 'PROCESS');
    try {
      for (let tries = 1; await project(ours); tries += 1) {
        if (tries === triesMax)
          throw new Error(`somebody else writes the same projections: gave up after ${tries} tries`);
      }
    } catch (error) {
      instances.forget();
      incidents.forget();
      heat.forget();
      throw error;
    }
  };
}

/** Its own, and the one that called it. */
function instancesOf(record: InstanceRecord): string[] {
  const own = record.value.processInstanceKey;
  if (record.valueType !== 'PROCESS_INSTANCE' || record.value.parentProcessInstanceKey === '-1') return [own];
  return [own, record.value.parentProcessInstanceKey];
}

function modelOf({ value, timestamp }: ModelRecord): ProcessModelDoc {
  return {
    _id: value.processDefinitionKey,
    processId: value.bpmnProcessId,
    version: value.version,
    resourceName: value.resourceName,
    xml: Buffer.from(value.resource, 'base64').toString('utf8'),
    deployedAt: new Date(timestamp),
  };
}
