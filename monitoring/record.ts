/** Zeebe's records as its Kafka exporter writes them: JSON, read without losing a digit, and only those that are projected. */

/** What every projected record carries. Keys are decimal text: from Zeebe's fourth partition on they exceed a double. */
type Envelope<T extends string, I extends string, V> = {
  readonly valueType: T;
  readonly intent: I;
  readonly key: string;
  /** Zeebe's partition; positions grow within it, and Kafka keeps their order. */
  readonly partitionId: number;
  readonly position: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly value: V;
};

/** Of an instance, which all but the models' are. */
type OfInstance = {
  readonly processInstanceKey: string;
  readonly processDefinitionKey: string;
  readonly bpmnProcessId: string;
};
type Variables = Readonly<Record<string, unknown>>;

export type ModelRecord = Envelope<
  'PROCESS',
  'CREATED',
  {
    readonly processDefinitionKey: string;
    readonly bpmnProcessId: string;
    readonly version: number;
    readonly resourceName: string;
    /** Base64 of the XML. */
    readonly resource: string;
  }
>;
/** What an instance was started with, by whichever of the two ways. */
export type StartRecord =
  | Envelope<'PROCESS_INSTANCE_CREATION', 'CREATED', OfInstance & { readonly variables: Variables }>
  | Envelope<'MESSAGE_START_EVENT_SUBSCRIPTION', 'CORRELATED', OfInstance & { readonly variables: Variables }>;
export type ElementRecord = Envelope<
  'PROCESS_INSTANCE',
  'ELEMENT_ACTIVATING' | 'ELEMENT_COMPLETED' | 'ELEMENT_TERMINATED',
  OfInstance & {
    readonly version: number;
    readonly elementId: string;
    readonly bpmnElementType: string;
    /** "-1" where nobody called it. */
    readonly parentProcessInstanceKey: string;
  }
>;
export type JobRecord = Envelope<
  'JOB',
  'FAILED' | 'TIMED_OUT',
  OfInstance & {
    readonly elementId: string;
    readonly type: string;
    readonly retries: number;
    readonly errorMessage: string;
  }
>;
export type IncidentRecord = Envelope<
  'INCIDENT',
  'CREATED' | 'RESOLVED',
  OfInstance & {
    readonly elementId: string;
    /** "-1" where no job failed. */
    readonly jobKey: string;
    readonly errorType: string;
    readonly errorMessage: string;
  }
>;
export type InstanceRecord = StartRecord | ElementRecord | JobRecord | IncidentRecord;
export type ZeebeRecord = ModelRecord | InstanceRecord;

const intents: Readonly<Record<ZeebeRecord['valueType'], readonly string[]>> = {
  PROCESS: ['CREATED'],
  PROCESS_INSTANCE_CREATION: ['CREATED'],
  MESSAGE_START_EVENT_SUBSCRIPTION: ['CORRELATED'],
  PROCESS_INSTANCE: ['ELEMENT_ACTIVATING', 'ELEMENT_COMPLETED', 'ELEMENT_TERMINATED'],
  JOB: ['FAILED', 'TIMED_OUT'],
  INCIDENT: ['CREATED', 'RESOLVED'],
};

// Half of a payment's records are not projected. Quotes inside a JSON text are escaped, so that these match no value by chance.
const isWanted =
  /"intent":"(?:CREATED|CORRELATED|ELEMENT_ACTIVATING|ELEMENT_COMPLETED|ELEMENT_TERMINATED|FAILED|TIMED_OUT|RESOLVED)"/;
const keyNumbers = /("(?:key|\w+Key)":)(-?\d+)/g;

/** Undefined for a record that is not projected. Throws SyntaxError or TypeError on what is no record. */
export function parseRecord(text: string): ZeebeRecord | undefined {
  if (!isWanted.test(text)) return undefined;
  const record = JSON.parse(text.replace(keyNumbers, '$1"$2"')) as ZeebeRecord;
  if (!intents[record.valueType]?.includes(record.intent)) return undefined;
  // It carries the id of the activity that it repeats, which has records of its own.
  if (record.valueType === 'PROCESS_INSTANCE' && record.value.bpmnElementType === 'MULTI_INSTANCE_BODY')
    return undefined;
  if (
    !Number.isSafeInteger(record.position) ||
    !Number.isSafeInteger(record.partitionId) ||
    typeof record.value !== 'object'
  ) {
    throw new TypeError(`a ${record.valueType} record lacks position, partitionId or value`);
  }
  return record;
}
