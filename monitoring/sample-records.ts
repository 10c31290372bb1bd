/** Records as Zeebe would write them for instances of a small model, for tests. */
import type { ZeebeRecord } from './record.ts';

export type Story = {
  /** Loops through "ask" before it ends. */
  readonly loops: number;
  readonly start: 'command' | 'message';
  readonly fails: boolean;
  readonly end: 'completed' | 'terminated' | 'none';
  readonly partition: number;
  readonly tenant: string;
};

type Told = { readonly valueType: string; readonly intent: string; readonly key?: string; readonly value: object };

/** The history of these instances, of each partition of Zeebe in the order of its positions. */
export function historyOf(stories: readonly Story[]): ZeebeRecord[] {
  const partitions = [...new Set(stories.map(({ partition }) => partition))];
  const byPartition = partitions.map((n) => [n, stories.filter(({ partition }) => partition === n)] as const);
  return byPartition.flatMap(([partitionId, ours]) =>
    woven(ours.map((story, n) => toldOf(story, `${partitionId}00${n}`))).map((told, n) =>
      asRecord(told, partitionId, n + 1),
    ),
  );
}

function asRecord(told: Told, partitionId: number, position: number): ZeebeRecord {
  return {
    key: `${partitionId}9${position}`,
    ...told,
    partitionId,
    position,
    timestamp: 1_000 * position,
  } as ZeebeRecord;
}

/** A step of each in turn: instances run side by side. */
function woven<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, n) => lists.flatMap((list) => list.slice(n, n + 1))).flat();
}

export function toldOf(story: Story, instance: string): Told[] {
  const { loops, start, fails, end, tenant } = story;
  const ids = { processInstanceKey: instance, processDefinitionKey: '77', bpmnProcessId: 'transfer-toy' };
  const variables = { tenantId: tenant, batchId: `batch-of-${tenant}`, subBatchId: `batch-of-${tenant}-1`, row: 1 };
  const element = (id: string, intent: string, bpmnElementType = 'SERVICE_TASK') => ({
    valueType: 'PROCESS_INSTANCE',
    intent,
    value: { ...ids, version: 3, elementId: id, bpmnElementType, parentProcessInstanceKey: '-1' },
  });
  const visit = (id: string) => [element(id, 'ELEMENT_ACTIVATING'), element(id, 'ELEMENT_COMPLETED')];
  const told: Told[] = [
    start === 'command'
      ? { valueType: 'PROCESS_INSTANCE_CREATION', intent: 'CREATED', value: { ...ids, variables } }
      : { valueType: 'MESSAGE_START_EVENT_SUBSCRIPTION', intent: 'CORRELATED', value: { ...ids, variables } },
    element('transfer-toy', 'ELEMENT_ACTIVATING', 'PROCESS'),
    ...visit('Start'),
    ...Array.from({ length: loops }, () => visit('Task_Ask')).flat(),
    element('Task_Pay', 'ELEMENT_ACTIVATING'),
  ];
  if (fails) {
    const job = { ...ids, elementId: 'Task_Pay', type: 'pay-toy', retries: 0, errorMessage: 'Error: no way, 4711' };
    const incident = {
      ...ids,
      elementId: 'Task_Pay',
      jobKey: '5',
      errorType: 'JOB_NO_RETRIES',
      errorMessage: job.errorMessage,
    };
    const key = `${instance}1`;
    told.push(
      { valueType: 'JOB', intent: 'FAILED', value: job },
      { valueType: 'INCIDENT', intent: 'CREATED', key, value: incident },
    );
    if (end !== 'none') told.push({ valueType: 'INCIDENT', intent: 'RESOLVED', key, value: incident });
  }
  if (end === 'completed')
    told.push(element('Task_Pay', 'ELEMENT_COMPLETED'), element('transfer-toy', 'ELEMENT_COMPLETED', 'PROCESS'));
  if (end === 'terminated')
    told.push(element('Task_Pay', 'ELEMENT_TERMINATED'), element('transfer-toy', 'ELEMENT_TERMINATED', 'PROCESS'));
  return told;
}
