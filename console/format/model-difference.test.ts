import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { differenceOf } from './model-difference.ts';

const xml = readFileSync(new URL('../../bpmn/transfer-mojaloop.bpmn', import.meta.url), 'utf8');

test('a model does not differ from itself, nor from itself drawn elsewhere', () => {
  const none = { first: [], second: [], changed: [] };
  expect(differenceOf(xml, xml)).toEqual(none);
  expect(differenceOf(xml, xml.replace(/x="\d+"/, 'x="9"'))).toEqual(none);
});

test('a renamed task has changed, and a task of another id is in one alone', () => {
  expect(differenceOf(xml, xml.replace('name="Request quote"', 'name="Ask the price"')).changed).toEqual([
    'Task_RequestQuote',
  ]);
  const { first, second } = differenceOf(xml, xml.replaceAll('Task_RequestQuote', 'Task_AskPrice'));
  expect(first).toEqual(['Task_RequestQuote']);
  expect(second).toEqual(['Task_AskPrice']);
});
