import { expect, test, vi } from 'vitest';
import { type Log, silentLog } from '../platform/log.ts';
import { createProjectMessages } from './project-messages.ts';
import type { ZeebeRecord } from './record.ts';
import { historyOf } from './sample-records.ts';

const history = historyOf([{ loops: 0, start: 'command', fails: false, end: 'completed', partition: 1, tenant: 'a' }]);
const messages = history.map((record, n) => ({
  key: '',
  value: JSON.stringify(record),
  partition: 1,
  offset: String(n),
}));
const outage = Object.assign(new Error('away'), { name: 'MongoNetworkError' });

test('what is no record is told and passed over; the records around it are projected', async () => {
  const projected: ZeebeRecord[] = [];
  const error = vi.fn<Log['error']>();
  const project = async (records: readonly ZeebeRecord[]) => void projected.push(...records);
  const { signal } = new AbortController();
  const projectMessages = createProjectMessages({ project, signal, log: { ...silentLog, error } });
  await projectMessages([{ ...messages[0]!, value: '{"intent":"CREATED"' }, ...messages]);
  expect(projected).toEqual(history);
  expect(error).toHaveBeenCalledOnce();
});

test('while MongoDB is away records wait, unless the process stops, and then they are not taken for projected', async () => {
  const stopping = new AbortController();
  const project = vi.fn(async () => undefined).mockRejectedValueOnce(outage);
  const projectMessages = createProjectMessages({ project, signal: stopping.signal, log: silentLog });
  await projectMessages(messages);
  expect(project).toHaveBeenCalledTimes(2);
  project.mockRejectedValue(outage);
  const waiting = projectMessages(messages);
  stopping.abort();
  await expect(waiting).rejects.toThrow();
});

test('a failure that no waiting cures is an error for a person, and the records come again', async () => {
  const error = vi.fn<Log['error']>();
  const { signal } = new AbortController();
  const project = () => Promise.reject(new TypeError('a defect'));
  const projectMessages = createProjectMessages({ project, signal, log: { ...silentLog, error } });
  await expect(projectMessages(messages)).rejects.toThrow('a defect');
  expect(error).toHaveBeenCalledOnce();
});
