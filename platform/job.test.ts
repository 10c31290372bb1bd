import { expect, test } from 'vitest';
import { bpmnErrors } from '../domain/process.ts';
import { BpmnError, Later, serverOf, textVariable, Unrecoverable } from './job.ts';
import { silentLog } from './log.ts';
import type { Job } from './zeebe.ts';

const aJob = (retries = 5): Job => ({
  key: '1',
  type: 'try-it',
  elementId: 'Task_TryIt',
  processInstanceKey: '2',
  retries,
  headers: {},
  variables: {},
  signal: new AbortController().signal,
});
const endOf = (handle: () => Promise<Record<string, unknown> | undefined>, retries?: number) =>
  serverOf({ type: 'try-it', variables: [], jobsMax: 1, handle }, silentLog).handle(aJob(retries));
const failing = (error: unknown, retries?: number) => endOf(() => Promise.reject(error), retries);

test('a handler that ends well completes its job with what it answers', async () => {
  expect(await endOf(async () => ({ open: 0 }))).toEqual({ kind: 'complete', variables: { open: 0 } });
  expect(await endOf(async () => undefined)).toEqual({ kind: 'complete', variables: {} });
});

test('a business refusal takes the path that the model has for it', async () => {
  const end = await failing(new BpmnError(bpmnErrors.paymentRefused, 'closed account'));
  expect(end).toEqual({ kind: 'error', code: 'PAYMENT_REFUSED', message: 'closed account' });
});

test('waiting for others and outages of our own servers cost no retry', async () => {
  expect(await failing(new Later('the batch is paused', 5_000))).toMatchObject({
    kind: 'fail',
    retries: 5,
    backOffMs: 5_000,
  });
  const outage = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
  expect(await failing(new Error('wrapped', { cause: outage }), 1)).toMatchObject({ kind: 'fail', retries: 1 });
  const cursorGone = Object.assign(new Error('cursor id 7 not found'), { name: 'MongoServerError', code: 43 });
  expect(await failing(cursorGone, 1)).toMatchObject({ kind: 'fail', retries: 1 });
  const brokenOff = Object.assign(new Error('connection 21 closed'), { name: 'MongoBulkWriteError', writeErrors: [] });
  expect(await failing(brokenOff, 1)).toMatchObject({ kind: 'fail', retries: 1 });
  const refused = Object.assign(new Error('too large'), { name: 'MongoBulkWriteError', writeErrors: [{ code: 2 }] });
  expect(await failing(refused, 2)).toMatchObject({ kind: 'fail', retries: 1 });
  const validation = Object.assign(new Error('no such field'), { name: 'MongoServerError', code: 121 });
  expect(await failing(validation, 2)).toMatchObject({ kind: 'fail', retries: 1 });
});

test('anything else costs a retry and waits longer each time, what cannot be helped is an incident at once', async () => {
  const [first, last] = [await failing(new Error('odd'), 5), await failing(new Error('odd'), 1)];
  expect(first).toMatchObject({ kind: 'fail', retries: 4 });
  expect(last).toMatchObject({ kind: 'fail', retries: 0 });
  expect((last as { backOffMs: number }).backOffMs).toBeGreaterThan((first as { backOffMs: number }).backOffMs);
  expect(await failing(new Unrecoverable('no such rail'))).toMatchObject({ kind: 'fail', retries: 0 });
});

test('a variable that the model forgot is named', () => {
  expect(() => textVariable(aJob(), 'batchId')).toThrow('try-it needs the variable batchId');
});
