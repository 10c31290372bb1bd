/** Kafka: one producer, one consumer per topic that can pause, offsets committed after the effect. The only place that imports kafkajs. */
import { Kafka, type Consumer as KafkaConsumer, logLevel, type Producer, type KafkaMessage as Received } from 'kafkajs';
import type { Log } from './log.ts';

export type KafkaMessage = { readonly topic: string; readonly key: string; readonly value: string };

export type Consumed = {
  readonly key: string;
  readonly value: string;
  readonly partition: number;
  readonly offset: string;
};

export type Consumer = {
  /** Stops fetching until resumed; messages in hand are finished. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
};

/** What of a topic is kept, per partition: nothing older, nothing beyond. */
export type Retention = { readonly ms: number; readonly bytes: number };

export type KafkaBus = {
  /** Throws unless every replica has them. */
  send(messages: readonly KafkaMessage[]): Promise<void>;
  /** Makes missing topics, with the broker's own retention unless told; those that are there stay as they are. */
  ensureTopics(names: readonly string[], partitions: number, retention?: Retention): Promise<void>;
  /** Hands over one message after another per partition; its offset is committed once `handle` has ended well. */
  consume(options: { topic: string; group: string; handle: (message: Consumed) => Promise<void> }): Promise<Consumer>;
  /** The same, as many messages of one partition at once as there are; waits for some more rather than bring few. One call at a time. */
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

  async function subscribed(topic: string, group: string, minBytes = 1): Promise<KafkaConsumer> {
    const consumer = kafka.consumer({
      groupId: group,
      // Whoever was killed is replaced after this long; long work keeps beating.
      sessionTimeout: 10_000,
      heartbeatInterval: 2_000,
      maxWaitTimeInMs: 500,
      minBytes,
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

  function handleOf(consumer: KafkaConsumer, topic: string): Consumer {
    let paused = false;
    const handle: Consumer = {
      pause() {
        if (!paused) consumer.pause([{ topic }]);
        paused = true;
      },
      resume() {
        if (paused) consumer.resume([{ topic }]);
        paused = false;
      },
      stop: async () => void (await consumer.disconnect()),
    };
    consumers.push(handle);
    return handle;
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
    async consume({ topic, group, handle }) {
      const consumer = await subscribed(topic, group);
      await consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: 8,
        eachBatchAutoResolve: false,
        async eachBatch({ batch, heartbeat, resolveOffset, isRunning, isStale }) {
          for (const message of batch.messages) {
            if (!isRunning() || isStale()) return;
            await whileBeating(heartbeat, () => handle(consumedOf(message, batch.partition)));
            resolveOffset(message.offset);
            await consumer.commitOffsets([
              { topic, partition: batch.partition, offset: String(BigInt(message.offset) + 1n) },
            ]);
            await heartbeat();
          }
        },
      });
      return handleOf(consumer, topic);
    },
    async consumeBatches({ topic, group, handle }) {
      const consumer = await subscribed(topic, group, 64 * 1024);
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
      return handleOf(consumer, topic);
    },
    async rewind(topic, group) {
      const { groups } = await admin.describeGroups([group]);
      const members = groups.reduce((sum, each) => sum + each.members.length, 0);
      if (members > 0) throw new Error(`group ${group} has ${members} members: stop them first`);
      await admin.resetOffsets({ groupId: group, topic, earliest: true });
    },
    async lag(topic, group) {
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const at = new Map((committed?.partitions ?? []).map((p) => [p.partition, Math.max(0, Number(p.offset))]));
      return ends.reduce((sum, end) => sum + Number(end.high) - (at.get(end.partition) ?? 0), 0);
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
