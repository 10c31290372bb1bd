/** Folds an incident's two records into its document; whose it is comes from the instance. */
import type { IncidentDoc, ProcessInstanceDoc } from '../store/process-documents.ts';
import type { FoldOptions } from './fold-instance.ts';
import { causeOf, withoutNumbers } from './message.ts';
import type { IncidentRecord } from './record.ts';

/** `instance`: after the record. */
export function foldIncident(
  doc: IncidentDoc | undefined,
  record: IncidentRecord,
  instance: ProcessInstanceDoc,
  { keepMs }: FoldOptions,
): IncidentDoc {
  if (doc && record.position <= doc.position) return doc;
  const known = doc ?? newIncident(record, instance);
  if (record.intent === 'CREATED') return { ...known, position: record.position };
  return {
    ...known,
    state: 'resolved',
    resolvedAt: new Date(record.timestamp),
    expireAt: new Date(record.timestamp + keepMs),
    position: record.position,
  };
}

function newIncident(
  { key, value, partitionId, timestamp }: IncidentRecord,
  instance: ProcessInstanceDoc,
): IncidentDoc {
  const { tenantId, batchId, subBatchId, row, rail, endToEndId } = instance;
  const { elementId, errorType, jobKey } = value;
  const failure = instance.elements.find(({ id }) => id === elementId)?.lastFailure;
  return {
    _id: key,
    partition: partitionId,
    position: -1,
    tenantId,
    batchId,
    subBatchId,
    row,
    rail,
    endToEndId,
    instanceKey: instance._id,
    modelKey: instance.modelKey,
    processId: instance.processId,
    version: instance.version,
    elementId,
    ...(jobKey !== '-1' && { jobKey, jobType: failure?.jobType }),
    errorType,
    message: withoutNumbers(value.errorMessage),
    cause: causeOf({ processId: instance.processId, elementId, errorType }, value.errorMessage),
    state: 'open',
    createdAt: new Date(timestamp),
  };
}
