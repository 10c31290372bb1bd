/** Kafka: one producer, one consumer per topic, offsets committed after the effect. The only place that imports kafkajs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, type Consumer as KafkaConsumer, logLevel, type Producer, type KafkaMessage as Received } from 'kafkajs';
import { createOffsets } from './kafka-offsets.ts';
import type { Log } from './log.ts';

export type KafkaMessage = { readonly topic: string; readonly key: string; readonly value: string };

export type Consumed = {
  readonly key: string;
  readonly value: string;
  readonly partition: number;
  readonly offset: string;
};

export type Consumption = {
  readonly topic: string;
  readonly group: string;
  /** Messages in hand at once, over all partitions of this process; beyond them nothing is fetched. */
  readonly inHandMax: number;
  /** Ended well, the message is done. Thrown out of, it is tried again. `signal`: its partition belongs to somebody else now. */
  readonly handle: (message: Consumed, signal: AbortSignal) => Promise<void>;
  /** Told when fetching stops because of `inHandMax`, and when it goes on. */
  readonly onFull?: (isFull: boolean) => void;
};

export type Consumer = { stop(): Promise<void> };

/** What of a topic is kept, per partition: nothing older, nothing beyond. */
export type Retention = { readonly ms: number; readonly bytes: number };

export type KafkaBus = {
  /** Throws unless every replica has them. */
  send(messages: readonly KafkaMessage[]): Promise<void>;
  /** Makes missing topics, with the broker's own retention unless told; those that are there stay as they are. */
  ensureTopics(names: readonly string[], partitions: number, retention?: Retention): Promise<void>;
  /**
   * Hands over messages as they come, many at once, so that one that takes long holds up nobody behind it. An offset is
   * committed once it and all before it are done.
   */
  consume(consumption: Consumption): Promise<Consumer>;
  /** Hands over as many messages of one partition at once as there are; waits for some more rather than bring few. One call at a time. */
  consumeBatches(options: {
    topic: string;
    group: string;
    handle: (messages: readonly Consumed[]) => Promise<void>;
  }): Promise<Consumer>;
  /** Has the group begin again at the oldest message that is kept. Throws while the group has members. */
  rewind(topic: string, group: string): Promise<void>;
  /** Messages behind the group's commits, per topic. */
  lag(topic: string, group: string): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** How long Kafka may hold back an answer that would bring less than `minBytes`. */
const oneByOne = { minBytes: 1, maxWaitTimeInMs: 500 };
const inBulk = { minBytes: 512 * 1024, maxWaitTimeInMs: 1_000 };

export async function createKafkaBus(brokers: readonly string[], clientId: string, log: Log): Promise<KafkaBus> {
  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 8 },
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => log.debug('kafka client said', { text: entry.log.message, scope: entry.namespace }),
  });
  const admin = kafka.admin();
  await admin.connect();
  let producer: Promise<Producer> | undefined;
  const consumers: Consumer[] = [];

  async function connected(): Promise<Producer> {
    producer ??= (async () => {
      const made = kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 });
      await made.connect();
      return made;
    })();
    producer.catch(() => {
      producer = undefined;
    });
    return producer;
  }

  async function subscribed(topic: string, group: string, fetch = oneByOne): Promise<KafkaConsumer> {
    const consumer = kafka.consumer({
      groupId: group,
      // Whoever was killed is replaced after this long; long work keeps beating.
      sessionTimeout: 10_000,
      heartbeatInterval: 2_000,
      ...fetch,
      allowAutoTopicCreation: false,
      retry: {
        initialRetryTime: 300,
        maxRetryTime: 5_000,
        retries: Number.MAX_SAFE_INTEGER,
        restartOnFailure: async () => true,
      },
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    return consumer;
  }

  return {
    async send(messages) {
      const topics = groupByTopic(messages);
      const topicMessages = [...topics].map(([topic, group]) => ({
        topic,
        messages: group.map(({ key, value }) => ({ key, value })),
      }));
      await (await connected()).sendBatch({ acks: -1, topicMessages });
    },
    async ensureTopics(names, partitions, retention) {
      const there = new Set(await admin.listTopics());
      const missing = names.filter((name) => !there.has(name));
      if (missing.length === 0) return;
      await admin
        .createTopics({
          topics: missing.map((topic) => ({
            topic,
            numPartitions: partitions,
            ...(retention && { configEntries: entriesOf(retention) }),
          })),
          waitForLeaders: true,
        })
        .catch((error: unknown) => {
          if (!/already exists/i.test(String((error as Error).message))) throw error;
        });
    },
    async consume(options) {
      const consumer = await consumeSideBySide(await subscribed(options.topic, options.group), options, log);
      consumers.push(consumer);
      return consumer;
    },
    async consumeBatches({ topic, group, handle }) {
      const consumer = await subscribed(topic, group, inBulk);
      await consumer.run({
        autoCommit: false,
        async eachBatch({ batch, heartbeat, isRunning, isStale }) {
          if (!isRunning() || isStale()) return;
          const messages = batch.messages.map((message) => consumedOf(message, batch.partition));
          await whileBeating(heartbeat, () => handle(messages));
          // A transaction's end is no message, but has its place behind the last one.
          const offset = String(BigInt(batch.lastOffset()) + 1n);
          await consumer.commitOffsets([{ topic, partition: batch.partition, offset }]);
        },
      });
      const running: Consumer = { stop: () => consumer.disconnect() };
      consumers.push(running);
      return running;
    },
    async rewind(topic, group) {
      const { groups } = await admin.describeGroups([group]);
      const members = groups.reduce((sum, each) => sum + each.members.length, 0);
      if (members > 0)
        throw new Error(
          `group ${group} has ${members} members: stop them first; one that was killed counts for ten seconds`,
        );
      await admin.resetOffsets({ groupId: group, topic, earliest: true });
    },
    async lag(topic, group) {
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const at = new Map((committed?.partitions ?? []).map((p) => [p.partition, Math.max(0, Number(p.offset))]));
      // What was cut away before it was read is missed, not waiting.
      return ends.reduce(
        (sum, end) => sum + Number(end.high) - Math.max(at.get(end.partition) ?? 0, Number(end.low)),
        0,
      );
    },
    ping: async () => void (await admin.listTopics()),
    async close() {
      await Promise.allSettled(consumers.map((consumer) => consumer.stop()));
      await Promise.allSettled([producer?.then((p) => p.disconnect()), admin.disconnect()]);
    },
  };
}

function consumedOf({ key, value, offset }: Received, partition: number): Consumed {
  return { key: key?.toString() ?? '', value: value?.toString() ?? '', partition, offset };
}

function entriesOf({ ms, bytes }: Retention): { name: string; value: string }[] {
  // Only whole segments are cut.
  const segmentBytes = Math.max(1024 * 1024, Math.ceil(bytes / 8));
  return [
    { name: 'retention.ms', value: String(ms) },
    { name: 'retention.bytes', value: String(bytes) },
    { name: 'segment.bytes', value: String(segmentBytes) },
  ];
}

/** Stays in the group while `work` takes its time. A beat that fails is the next one's matter: the group then sorts itself out. */
async function whileBeating<T>(heartbeat: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void heartbeat().catch(() => undefined), 2_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function groupByTopic(messages: readonly KafkaMessage[]): Map<string, KafkaMessage[]> {
  const groups = new Map<string, KafkaMessage[]>();
  for (const message of messages) groups.set(message.topic, [...(groups.get(message.topic) ?? []), message]);
  return groups;
}

async function consumeSideBySide(
  consumer: KafkaConsumer,
  { topic, inHandMax, handle, onFull }: Consumption,
  log: Log,
): Promise<Consumer> {
  const offsets = createOffsets();
  const held = new Map<number, AbortController>();
  const working = new Set<Promise<void>>();
  const dirty = new Set<number>();
  let isFull = false;
  let committing: Promise<void> | undefined;

  function take(partition: number, message: Consumed): void {
    if (!offsets.begin(partition, message.offset)) return;
    const hold = held.get(partition) ?? new AbortController();
    held.set(partition, hold);
    const work = workOn(message, hold.signal).finally(() => {
      working.delete(work);
      if (isFull && offsets.inHand() < inHandMax * 0.75) setFull(false);
    });
    working.add(work);
  }

  async function workOn(message: Consumed, signal: AbortSignal): Promise<void> {
    const { partition, offset } = message;
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        await handle(message, signal);
        if (signal.aborted) return;
        offsets.done(partition, offset);
        dirty.add(partition);
        committing ??= commit();
        return;
      } catch (error) {
        if (signal.aborted) return;
        log[tries === 10 ? 'error' : 'warn']('message was not handled', { topic, partition, offset, tries, error });
        await sleep(Math.min(30_000, 250 * 2 ** Math.min(tries, 7)), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** What cannot be committed now, such as in a rebalance, is committed with the next one, or handed out again. */
  async function commit(): Promise<void> {
    // Those that end in the same moment are committed together.
    await sleep(20);
    const partitions = [...dirty];
    dirty.clear();
    const ends = partitions.flatMap((partition) => {
      const offset = offsets.committable(partition);
      return offset === undefined ? [] : [{ topic, partition, offset }];
    });
    try {
      if (ends.length > 0) await consumer.commitOffsets(ends);
    } catch (error) {
      log.debug('offsets were not committed', { topic, error });
      for (const { partition } of ends) dirty.add(partition);
      await sleep(500);
    }
    committing = dirty.size > 0 ? commit() : undefined;
  }

  function setFull(full: boolean): void {
    if (full === isFull) return;
    isFull = full;
    if (full) consumer.pause([{ topic }]);
    else consumer.resume([{ topic }]);
    onFull?.(full);
  }

  function giveUp(partition: number): void {
    held.get(partition)?.abort(new Error('the partition belongs to another process'));
    held.delete(partition);
    offsets.drop(partition);
    dirty.delete(partition);
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const mine = new Set(payload.memberAssignment[topic] ?? []);
    for (const partition of [...held.keys()]) if (!mine.has(partition)) giveUp(partition);
  });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 8,
    eachBatchAutoResolve: false,
    async eachBatch({ batch: { partition, messages }, resolveOffset, isRunning, isStale }) {
      for (const message of messages) {
        if (!isRunning() || isStale()) return;
        // The rest is fetched again once there is room.
        if (offsets.inHand() >= inHandMax) return setFull(true);
        take(partition, consumedOf(message, partition));
        resolveOffset(message.offset);
      }
    },
  });
  return {
    async stop() {
      for (const hold of held.values()) hold.abort(new Error('the process stops'));
      await Promise.allSettled([...working]);
      await committing?.catch(() => undefined);
      await consumer.disconnect();
    },
  };
}
