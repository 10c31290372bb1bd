/** Kafka 4.3: one KRaft node, with the topic that Zeebe's exporter writes to. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { durationMs } from '../../domain/switches.ts';
import { cached } from '../cache.ts';
import { installedJava, javaFor } from '../java.ts';
import { portAnswers } from '../probe.ts';
import { run } from '../registry-clients.ts';
import type { Server, Setting } from '../server.ts';

export const kafka: Server = {
  name: 'kafka',
  kind: 'server',
  ports: ['KAFKA_PORT', 'KAFKA_CONTROLLER_PORT'],
  after: [],
  addressVariable: 'KAFKA_BROKERS',
  startTimeoutMs: 120_000,
  downloads: ({ caller }) => ['kafka-4.3.1', ...(installedJava(caller) ? [] : ['jdk-25.0.2' as const])],

  async prepare(setting) {
    const { profile, caller } = setting;
    const java = javaFor(caller, profile.cache);
    const program = join(java.home, 'bin', 'java');
    const classPath = ['-cp', join(cached(profile.cache, 'kafka-4.3.1'), 'lib', '*')];
    const properties = join(profile.run, 'kafka.properties');
    await mkdir(dataOf(setting), { recursive: true });
    await writeFile(properties, propertiesOf(setting));
    if (!existsSync(join(dataOf(setting), 'meta.properties'))) {
      // A dash in front would be taken for an option.
      const id = randomBytes(16).toString('base64url').replaceAll('-', '_');
      const format = ['format', '-t', id, '-c', properties, '--ignore-formatted'];
      await run(program, [...quickJvm, ...logging, ...classPath, 'kafka.tools.StorageTool', ...format]);
    }
    const archive = archiveOptions(join(profile.run, `kafka-${java.version}.jsa`), java.version);
    const args = ['-Xmx256m', ...quickJvm, ...archive, ...logging, ...classPath, 'kafka.Kafka', properties];
    return { command: program, args, cwd: dataOf(setting) };
  },

  async ready(setting) {
    if (!(await portAnswers(setting.ports.KAFKA_PORT as number))) return false;
    await makeZeebeTopic(setting);
    return true;
  },
  furnish: makeZeebeTopic,
};

async function makeZeebeTopic({ environment }: Setting): Promise<void> {
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({
    clientId: 'tributary-local',
    brokers: (environment.KAFKA_BROKERS as string).split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const topic = zeebeTopic(environment);
    if (!(await admin.listTopics()).includes(topic.topic)) await admin.createTopics({ topics: [topic] });
  } finally {
    await admin.disconnect();
  }
}

/** What monitoring would make, were it there before Zeebe. */
function zeebeTopic(environment: Setting['environment']) {
  const bytes = Number(environment.MONITORING_TOPIC_MAX_BYTES);
  return {
    topic: 'zeebe',
    numPartitions: 3,
    replicationFactor: 1,
    configEntries: [
      { name: 'retention.ms', value: String(durationMs(environment.MONITORING_TOPIC_RETENTION as string)) },
      { name: 'retention.bytes', value: String(bytes) },
      { name: 'segment.bytes', value: String(Math.max(1024 * 1024, Math.ceil(bytes / 8))) },
    ],
  };
}

const quickJvm = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const logging = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'];

/** Classes loaded before are mapped from an archive that Kafka writes as it ends: a second less to start. */
function archiveOptions(file: string, javaVersion: number): readonly string[] {
  if (javaVersion < 19) return [];
  return ['-XX:+AutoCreateSharedArchive', `-XX:SharedArchiveFile=${file}`, '-Xlog:cds=off', '-Xlog:aot=off'];
}

const dataOf = ({ profile }: Setting) => join(profile.data, 'kafka');

function propertiesOf(setting: Setting): string {
  const broker = `127.0.0.1:${setting.ports.KAFKA_PORT}`;
  const controller = `127.0.0.1:${setting.ports.KAFKA_CONTROLLER_PORT}`;
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${controller}
listeners=PLAINTEXT://${broker},CONTROLLER://${controller}
advertised.listeners=PLAINTEXT://${broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=${dataOf(setting)}
num.partitions=3
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
`;
}
