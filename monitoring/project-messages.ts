/** From Kafka's messages to projections: passes over what is no record, and waits while MongoDB is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isOutage } from '../platform/job.ts';
import type { Consumed } from '../platform/kafka.ts';
import type { Log } from '../platform/log.ts';
import type { ProjectRecords } from './project-records.ts';
import { parseRecord, type ZeebeRecord } from './record.ts';

export type ProjectMessages = (messages: readonly Consumed[]) => Promise<void>;

/** Ends well once every record is projected; throws on what is no outage, and when `signal` says to stop waiting for one's end. */
export function createProjectMessages(deps: {
  readonly project: ProjectRecords;
  readonly signal: AbortSignal;
  readonly log: Log;
}): ProjectMessages {
  const { project, signal, log } = deps;

  function recordOf({ value, partition, offset }: Consumed): ZeebeRecord[] {
    try {
      const record = parseRecord(value);
      return record ? [record] : [];
    } catch (error) {
      log.error('message is no record of Zeebe and was passed over', { partition, offset, error });
      return [];
    }
  }

  return async (messages) => {
    const records = messages.flatMap(recordOf);
    if (records.length === 0) return;
    for (let tries = 0; ; tries += 1) {
      try {
        return await project(records);
      } catch (error) {
        if (!isOutage(error)) {
          const [first] = messages;
          log.error('records could not be projected', { partition: first?.partition, offset: first?.offset, error });
          throw error;
        }
        if (tries % 10 === 0) log.warn('projections wait for MongoDB', { error });
        await sleep(1_000, undefined, { signal });
      }
    }
  };
}
