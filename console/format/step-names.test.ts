import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stepNamesOf } from './step-names.ts';

test('steps have the names that the modeler gave them', () => {
  const names = stepNamesOf(readFileSync(new URL('../../bpmn/transfer-mojaloop.bpmn', import.meta.url), 'utf8'));
  expect(names.get('Task_RequestQuote')).toBe('Request quote');
  expect(names.get('Task_Nothing')).toBeUndefined();
  expect(stepNamesOf('<bpmn:task name="A &amp;&#10;B" id="x" />').get('x')).toBe('A & B');
});
