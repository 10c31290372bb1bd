/** Folds records into counts per element of a model: one document per tenant, and one per batch. */
import type { ElementCounts, HeatDoc, ProcessInstanceDoc } from '../store/process-documents.ts';
import type { FoldOptions } from './fold-instance.ts';
import type { ElementRecord, IncidentRecord } from './record.ts';

export type HeatRecord = ElementRecord | IncidentRecord;

/** Where an instance is counted. A single payment is no batch: counts of its one instance would be the instance. */
export function heatScopes({ tenantId, batchId, row, subBatchId }: ProcessInstanceDoc): string[] {
  if (!tenantId) return [];
  const isSingle = row !== undefined && subBatchId === undefined;
  return batchId === undefined || isSingle ? [tenantId] : [tenantId, batchId];
}

export function heatId(scope: string, { modelKey, partition }: ProcessInstanceDoc): string {
  return `${scope}/${modelKey}/${partition}`;
}

/** `instance`: after the record. A batch's counts are kept for `keepMs` after the last record, a tenant's for good. */
export function foldHeat(
  doc: HeatDoc | undefined,
  scope: string,
  record: HeatRecord,
  instance: ProcessInstanceDoc,
  { keepMs }: FoldOptions,
): HeatDoc {
  if (doc && record.position <= doc.position) return doc;
  const known = doc ?? newHeat(scope, instance);
  const { position, timestamp } = record;
  const kept = known.batchId === undefined ? {} : { expireAt: new Date(timestamp + keepMs) };
  return { ...known, ...changes(known, record), version: instance.version, position, ...kept };
}

function newHeat(scope: string, instance: ProcessInstanceDoc): HeatDoc {
  const { tenantId, modelKey, processId, version, partition } = instance;
  return {
    _id: heatId(scope, instance),
    partition,
    position: -1,
    tenantId: tenantId!,
    ...(scope !== tenantId && { batchId: scope }),
    modelKey,
    processId,
    version,
    started: 0,
    completed: 0,
    terminated: 0,
    incidents: 0,
    elements: [],
  };
}

function changes(doc: HeatDoc, record: HeatRecord): Partial<HeatDoc> {
  if (record.valueType === 'INCIDENT') {
    const by = record.intent === 'CREATED' ? 1 : -1;
    return { incidents: doc.incidents + by, elements: counted(doc.elements, record, 'incidents', by) };
  }
  const left = record.intent === 'ELEMENT_COMPLETED' ? 'completed' : 'terminated';
  const isEntry = record.intent === 'ELEMENT_ACTIVATING';
  if (record.value.bpmnElementType !== 'PROCESS') {
    return { elements: counted(doc.elements, record, isEntry ? 'entered' : left, 1) };
  }
  return isEntry ? { started: doc.started + 1 } : { [left]: doc[left] + 1 };
}

type Count = Exclude<keyof ElementCounts, 'id'>;

function counted(elements: ElementCounts[], { value }: HeatRecord, name: Count, by: number): ElementCounts[] {
  const place = elements.findIndex(({ id }) => id === value.elementId);
  if (place >= 0) return elements.with(place, { ...elements[place]!, [name]: elements[place]![name] + by });
  const none = { entered: 0, completed: 0, terminated: 0, incidents: 0 };
  return [...elements, { id: value.elementId, ...none, [name]: by }];
}
