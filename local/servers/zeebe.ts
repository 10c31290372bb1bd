/** Zeebe 8.5: broker and gateway in one Java process, its records exported to the Kafka topic `zeebe`. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { installedJava, javaFor } from '../java.ts';
import { pageAnswers } from '../probe.ts';
import type { Profile } from '../profile.ts';
import type { Server, Setting } from '../server.ts';

export const zeebe: Server = {
  name: 'zeebe',
  kind: 'server',
  ports: ['ZEEBE_PORT', 'ZEEBE_COMMAND_PORT', 'ZEEBE_INTERNAL_PORT', 'ZEEBE_MANAGEMENT_PORT', 'ZEEBE_REST_PORT'],
  after: ['kafka'],
  addressVariable: 'ZEEBE_ADDRESS',
  startTimeoutMs: 180_000,
  downloads: ({ caller }) => [
    'zeebe-8.5.8',
    'zeebe-exporter-3.1.1',
    ...(installedJava(caller) ? [] : ['jdk-25.0.2' as const]),
  ],

  async prepare(setting) {
    const { profile, caller } = setting;
    const java = javaFor(caller, profile.cache);
    await mkdir(join(profile.data, 'zeebe'), { recursive: true });
    await writeFile(markerOf(profile), String(partitionsOf(setting)));
    await writeFile(join(profile.run, 'zeebe-exporter.yaml'), exporterYaml(setting));
    await writeFile(join(profile.run, 'zeebe-log4j2.xml'), consoleLog);
    const logConfig = join(profile.run, 'zeebe-log4j2.xml');
    return {
      command: join(cached(profile.cache, 'zeebe-8.5.8'), 'bin', 'broker'),
      args: [],
      cwd: join(profile.data, 'zeebe'),
      env: {
        JAVA_HOME: java.home,
        JAVACMD: join(java.home, 'bin', 'java'),
        JDK_JAVA_OPTIONS: java.version >= 24 ? openedForNative : undefined,
        JAVA_OPTS: [
          '-Xms256m -Xmx768m -XX:+UseSerialGC',
          `-Dlog4j2.configurationFile=${logConfig}`,
          caller.ZEEBE_JAVA_OPTS ?? '',
        ].join(' '),
        LOGGING_CONFIG: logConfig,
        SPRING_CONFIG_ADDITIONAL_LOCATION: `file:${join(profile.run, 'zeebe-exporter.yaml')}`,
        ...brokerVariables(setting),
      },
    };
  },

  /** The page alone comes a moment too early: every partition must have a healthy leader too. */
  async ready(setting) {
    const management = `http://127.0.0.1:${setting.ports.ZEEBE_MANAGEMENT_PORT}/actuator/health/readiness`;
    return (await pageAnswers(management)) && everyPartitionLed(await topologyOf(setting), partitionsOf(setting));
  },
};

// Zeebe 8.5 is older than Java 25, which warns about what its libraries do.
const openedForNative = '--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow';

function brokerVariables(setting: Setting): Record<string, string> {
  const { ports, profile } = setting;
  return {
    ZEEBE_BROKER_DATA_DIRECTORY: join(profile.data, 'zeebe'),
    ZEEBE_BROKER_NETWORK_HOST: '127.0.0.1',
    ZEEBE_BROKER_NETWORK_COMMANDAPI_PORT: String(ports.ZEEBE_COMMAND_PORT),
    ZEEBE_BROKER_NETWORK_INTERNALAPI_PORT: String(ports.ZEEBE_INTERNAL_PORT),
    ZEEBE_BROKER_GATEWAY_NETWORK_HOST: '127.0.0.1',
    ZEEBE_BROKER_GATEWAY_NETWORK_PORT: String(ports.ZEEBE_PORT),
    SERVER_ADDRESS: '127.0.0.1',
    SERVER_PORT: String(ports.ZEEBE_REST_PORT),
    MANAGEMENT_SERVER_ADDRESS: '127.0.0.1',
    MANAGEMENT_SERVER_PORT: String(ports.ZEEBE_MANAGEMENT_PORT),
    SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE: '5s',
    ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(partitionsOf(setting)),
    ZEEBE_BROKER_DATA_LOGSEGMENTSIZE: '16MB',
    ZEEBE_BROKER_EXPERIMENTAL_ROCKSDB_MEMORYLIMIT: '64MB',
    ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: setting.caller.ZEEBE_DISK_FREE || '200MB',
    ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '100MB',
  };
}

/** What the caller wants, else what the data has, else one. Broker data keeps the number it began with. */
function partitionsOf({ caller, profile }: Setting): number {
  const marker = markerOf(profile);
  const kept = existsSync(marker) ? readFileSync(marker, 'utf8').trim() : undefined;
  const wanted = caller.ZEEBE_PARTITIONS || kept || '1';
  if (!/^[1-8]$/.test(wanted)) throw new RangeError(`ZEEBE_PARTITIONS must be 1 to 8: "${wanted}"`);
  if (kept && kept !== wanted) {
    throw new Error(`its data has ${kept} partitions, ZEEBE_PARTITIONS asks for ${wanted}: unset it, or make reset`);
  }
  return Number(wanted);
}

const markerOf = (profile: Profile) => join(profile.data, 'zeebe-partitions');

/** JSON is YAML. Without `batch.size` the exporter's own, invalid, default stops it. */
function exporterYaml({ profile, environment }: Setting): string {
  const topic = 'zeebe';
  const event = { type: 'event', topic };
  const config = 'linger.ms=5\nbatch.size=65536\nbuffer.memory=16777216\nmax.block.ms=5000\n';
  const kafka = {
    className: 'io.zeebe.exporters.kafka.KafkaExporter',
    jarPath: join(cached(profile.cache, 'zeebe-exporter-3.1.1'), 'exporter.jar'),
    args: {
      maxBatchSize: 1000,
      flushIntervalMs: 300,
      producer: { servers: environment.KAFKA_BROKERS, config },
      records: {
        defaults: { type: '', topic },
        process: event,
        processInstance: event,
        incident: event,
        job: event,
        // What an instance was started with: the ids it works for, once, instead of every variable as it changes.
        processInstanceCreation: event,
        messageStartEventSubscription: event,
      },
    },
  };
  return `${JSON.stringify({ zeebe: { broker: { exporters: { kafka } } } }, null, 2)}\n`;
}

/** Zeebe's own log settings write beside its installation too, which profiles share. */
const consoleLog = `<Configuration status="WARN" shutdownHook="disable">
  <Appenders><Console name="Console" target="SYSTEM_OUT"><PatternLayout pattern="%d{ISO8601} %-5level %logger{1} - %msg%n"/></Console></Appenders>
  <Loggers><Root level="warn"><AppenderRef ref="Console"/></Root><Logger name="io.camunda.zeebe" level="info"/></Loggers>
</Configuration>
`;

type Topology = {
  readonly brokers?: readonly {
    readonly partitions?: readonly { readonly role?: string; readonly health?: string }[];
  }[];
};

function topologyOf({ profile, ports }: Setting): Promise<Topology> {
  const zbctl = join(cached(profile.cache, 'zeebe-8.5.8'), 'bin', 'zbctl');
  const args = ['status', '--insecure', '--address', `127.0.0.1:${ports.ZEEBE_PORT}`, '-o', 'json'];
  return new Promise((resolve, reject) => {
    execFile(zbctl, args, { timeout: 5_000 }, (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout))));
  });
}

function everyPartitionLed({ brokers = [] }: Topology, partitions: number): boolean {
  const led = brokers
    .flatMap((broker) => broker.partitions ?? [])
    .filter((each) => each.role === 'LEADER' && each.health === 'HEALTHY');
  return led.length === partitions;
}
