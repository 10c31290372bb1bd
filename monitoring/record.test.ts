import { expect, test } from 'vitest';
import { parseRecord } from './record.ts';

/** As the exporter writes them; of Zeebe 8.5.8. */
function exported(like: { valueType?: string; intent?: string; key?: string; value?: object } = {}): string {
  const { valueType = 'PROCESS_INSTANCE', intent = 'ELEMENT_ACTIVATING', key = '2251799813685291', value = {} } = like;
  const all = { version: 1, bpmnElementType: 'SERVICE_TASK', elementId: 'Task_Pay', ...value };
  const fields = `"key":${key},"position":78,"timestamp":1795449485657,"intent":"${intent}","valueType":"${valueType}"`;
  return `{"partitionId":1,"value":${JSON.stringify(all).replace(/"(\d{16,})"/g, '$1')},${fields},"recordType":"EVENT"}`;
}

test('keys keep their digits where a double would lose some', () => {
  const processInstanceKey = '27021597764222979';
  const record = parseRecord(exported({ key: '27021597764222977', value: { processInstanceKey } }));
  expect(record).toMatchObject({ key: '27021597764222977', position: 78, value: { processInstanceKey } });
  expect(Number(processInstanceKey).toString()).not.toBe(processInstanceKey);
});

test('text that looks like a key inside a message or a variable is not touched', () => {
  const errorMessage = 'it said {"key":12} and "jobKey":7, "intent":"CREATED"';
  const value = { errorMessage, variables: { note: ',"key":1' } };
  expect(parseRecord(exported({ valueType: 'INCIDENT', intent: 'CREATED', value }))).toMatchObject({ value });
});

test('what is not projected is passed over, what is no record is told', () => {
  for (const intent of ['ELEMENT_ACTIVATED', 'ELEMENT_COMPLETING', 'SEQUENCE_FLOW_TAKEN']) {
    expect(parseRecord(exported({ intent }))).toBeUndefined();
  }
  expect(parseRecord(exported({ valueType: 'JOB', intent: 'CREATED' }))).toBeUndefined();
  expect(parseRecord(exported({ value: { bpmnElementType: 'MULTI_INSTANCE_BODY' } }))).toBeUndefined();
  expect(() => parseRecord('{"intent":"CREATED",')).toThrow(SyntaxError);
  expect(() => parseRecord('{"intent":"CREATED","valueType":"PROCESS"}')).toThrow(TypeError);
});
