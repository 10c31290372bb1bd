/** Consumes a rail's topic: pauses it while payments wait for room, commits each sub-batch once it is started. */
import type { Consumer, KafkaBus } from '../platform/kafka.ts';
import type { Log } from '../platform/log.ts';
import type { createSubBatchStarter } from './start-sub-batch.ts';

export async function consumePayments(
  rail: string,
  deps: { readonly kafka: KafkaBus; readonly start: ReturnType<typeof createSubBatchStarter>; readonly log: Log },
): Promise<Consumer> {
  const { kafka, start, log } = deps;
  let consumer: Consumer | undefined;
  const onWait = (waiting: boolean) => {
    log.info(waiting ? 'rail topic was paused' : 'rail topic was resumed', { rail });
    if (waiting) consumer?.pause();
    else consumer?.resume();
  };
  consumer = await kafka.consume({
    topic: `payments.${rail}`,
    group: `connector.${rail}`,
    async handle(message) {
      const subBatchId = subBatchIdOf(message.value);
      if (!subBatchId)
        return log.error('message on a rail topic is none of ours and was passed over', {
          rail,
          offset: message.offset,
        });
      await start(subBatchId, onWait);
    },
  });
  return consumer;
}

function subBatchIdOf(value: string): string | undefined {
  try {
    const { subBatchId } = JSON.parse(value) as { subBatchId?: unknown };
    return typeof subBatchId === 'string' ? subBatchId : undefined;
  } catch {
    return undefined;
  }
}
