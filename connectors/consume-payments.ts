/** Consumes a rail's topic: many sub-batches in hand at once, each committed once it is started. */
import type { Consumer, KafkaBus } from '../platform/kafka.ts';
import type { Log } from '../platform/log.ts';
import type { Pauses } from './pauses.ts';
import type { SubBatchStarter } from './start-sub-batch.ts';

export function consumePayments(
  rail: string,
  deps: {
    readonly kafka: KafkaBus;
    readonly start: SubBatchStarter;
    readonly inHandMax: number;
    readonly pauses: Pauses;
    readonly log: Log;
  },
): Promise<Consumer> {
  const { kafka, start, inHandMax, pauses, log } = deps;
  let end = () => {};
  return kafka.consume({
    topic: `payments.${rail}`,
    group: `connector.${rail}`,
    inHandMax,
    onFull(isFull) {
      end();
      end = isFull ? pauses.begin('in-hand') : () => {};
    },
    async handle(message, signal) {
      const subBatchId = subBatchIdOf(message.value);
      if (subBatchId) return start(subBatchId, signal);
      log.error('message on a rail topic is none of ours and was passed over', { rail, offset: message.offset });
    },
  });
}

function subBatchIdOf(value: string): string | undefined {
  try {
    const { subBatchId } = JSON.parse(value) as { subBatchId?: unknown };
    return typeof subBatchId === 'string' ? subBatchId : undefined;
  } catch {
    return undefined;
  }
}
