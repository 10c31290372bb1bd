/** Folds records into the document of their instance: pure, and a record that was folded before changes nothing. */
import type { ElementDoc, InstanceOwner, ProcessInstanceDoc } from '../store/process-documents.ts';
import { withoutNumbers } from './message.ts';
import type { ElementRecord, IncidentRecord, InstanceRecord, JobRecord } from './record.ts';

export type FoldOptions = {
  /** Milliseconds from the end of an instance to its document's removal. */
  readonly keepMs: number;
};

/** The document after the record. `parent`: of an instance that another one called, whose work it does. */
export function foldInstance(
  doc: ProcessInstanceDoc | undefined,
  record: InstanceRecord,
  options: FoldOptions,
  parent?: InstanceOwner,
): ProcessInstanceDoc {
  if (doc && record.position <= doc.position) return doc;
  const known = doc ?? newInstance(record);
  return { ...known, ...changes(known, record, options, parent), position: record.position };
}

function newInstance({ value, partitionId, timestamp }: InstanceRecord): ProcessInstanceDoc {
  return {
    _id: value.processInstanceKey,
    partition: partitionId,
    position: -1,
    modelKey: value.processDefinitionKey,
    processId: value.bpmnProcessId,
    version: 0,
    state: 'active',
    startedAt: new Date(timestamp),
    incidents: 0,
    elements: [],
  };
}

function changes(
  doc: ProcessInstanceDoc,
  record: InstanceRecord,
  options: FoldOptions,
  parent: InstanceOwner | undefined,
): Partial<ProcessInstanceDoc> {
  switch (record.valueType) {
    case 'PROCESS_INSTANCE_CREATION':
    case 'MESSAGE_START_EVENT_SUBSCRIPTION':
      return ownerOf(record.value.variables);
    case 'PROCESS_INSTANCE':
      return record.value.bpmnElementType === 'PROCESS'
        ? wholeProcess(doc, record, options, parent)
        : { version: record.value.version, elements: changed(doc, record, moved) };
    case 'JOB':
      return { elements: changed(doc, record, failed) };
    case 'INCIDENT': {
      const by = record.intent === 'CREATED' ? 1 : -1;
      const elements = changed(doc, record, (element) => ({ ...element, incidents: element.incidents + by }));
      return { incidents: doc.incidents + by, elements };
    }
  }
}

/** Of variables that a model handed over, those that say whose work it is; anything else stays where it is. */
export function ownerOf(variables: Readonly<Record<string, unknown>>): InstanceOwner {
  const text = (name: string) => {
    const value = variables[name];
    return typeof value === 'string' && value !== '' && value.length <= 128 ? value : undefined;
  };
  const { row } = variables;
  return defined({
    tenantId: text('tenantId'),
    batchId: text('batchId'),
    subBatchId: text('subBatchId'),
    rail: text('rail'),
    endToEndId: text('endToEndId'),
    row: Number.isSafeInteger(row) ? (row as number) : undefined,
  });
}

function wholeProcess(
  doc: ProcessInstanceDoc,
  { intent, value, timestamp }: ElementRecord,
  { keepMs }: FoldOptions,
  parent: InstanceOwner | undefined,
): Partial<ProcessInstanceDoc> {
  const { version } = value;
  const at = new Date(timestamp);
  if (intent !== 'ELEMENT_ACTIVATING') {
    const state = intent === 'ELEMENT_COMPLETED' ? 'completed' : 'terminated';
    return { version, state, endedAt: at, expireAt: new Date(timestamp + keepMs) };
  }
  if (value.parentProcessInstanceKey === '-1') return { version, startedAt: at };
  const { tenantId, batchId, subBatchId, row, rail, endToEndId } = { ...parent, ...defined(doc) };
  const owner = defined({ tenantId, batchId, subBatchId, row, rail, endToEndId });
  return { version, startedAt: at, parent: value.parentProcessInstanceKey, ...owner };
}

function moved(element: ElementDoc, { intent }: ElementRecord): ElementDoc {
  if (intent === 'ELEMENT_ACTIVATING') return { ...element, entered: element.entered + 1 };
  if (intent === 'ELEMENT_COMPLETED') return { ...element, completed: element.completed + 1 };
  return { ...element, terminated: element.terminated + 1 };
}

function failed(element: ElementDoc, { intent, value, timestamp }: JobRecord): ElementDoc {
  const message = intent === 'FAILED' ? withoutNumbers(value.errorMessage) : 'nobody finished the job in time';
  const lastFailure = { at: new Date(timestamp), jobType: value.type, retries: value.retries, message };
  return { ...element, failures: element.failures + 1, lastFailure };
}

/** The elements with that of the record changed; one that was not there comes last. */
function changed<R extends ElementRecord | JobRecord | IncidentRecord>(
  doc: ProcessInstanceDoc,
  record: R,
  change: (element: ElementDoc, record: R) => ElementDoc,
): ElementDoc[] {
  const { elementId } = record.value;
  const at = new Date(record.timestamp);
  const place = doc.elements.findIndex(({ id }) => id === elementId);
  const element = doc.elements[place] ?? newElement(elementId, at);
  const type = record.valueType === 'PROCESS_INSTANCE' ? record.value.bpmnElementType : element.type;
  const after = change({ ...element, type, lastAt: at }, record);
  return place < 0 ? [...doc.elements, after] : doc.elements.with(place, after);
}

function newElement(id: string, at: Date): ElementDoc {
  const counts = { entered: 0, completed: 0, terminated: 0, incidents: 0 };
  return { id, type: 'UNKNOWN', ...counts, failures: 0, firstAt: at, lastAt: at };
}

function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
