/** What the monitoring process reads from its environment. */
import { ConfigError, type Env, readConfig, readServers, type Servers } from '../platform/config.ts';
import type { Retention } from '../platform/kafka.ts';

export type MonitoringConfig = {
  readonly servers: Pick<Servers, 'mongodbUri' | 'kafkaBrokers'>;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** Where Zeebe's exporter writes. */
  readonly topic: string;
  /** Of the topic, where this process has to make it. */
  readonly retention: Retention;
  /** How long ended instances, resolved incidents and the counts of a batch are kept. */
  readonly keepMs: number;
};

/** The consumer group: its commits say how far projections are. */
export const group = 'monitoring';

/** Zeebe's partitions are spread over them; as many as the exporter's topic has had from the start. */
export const topicPartitions = 3;

export function readMonitoringConfig(env: Env): MonitoringConfig {
  const reader = readConfig(env);
  const config: MonitoringConfig = {
    servers: readServers(reader),
    host: reader.optional('MONITORING_HOST') ?? '127.0.0.1',
    port: reader.whole('MONITORING_PORT', 8093, 0, 65_535),
    logLevel: reader.optional('LOG_LEVEL') ?? 'info',
    topic: reader.optional('MONITORING_TOPIC') ?? 'zeebe',
    retention: {
      ms: reader.duration('MONITORING_TOPIC_RETENTION', '7d'),
      bytes: reader.whole('MONITORING_TOPIC_MAX_BYTES', 8 * 1024 ** 3, 1024 ** 2, 1024 ** 4),
    },
    keepMs: reader.duration('MONITORING_KEEP', '30d'),
  };
  if (config.keepMs < config.retention.ms) {
    throw new ConfigError(
      'MONITORING_KEEP is shorter than MONITORING_TOPIC_RETENTION: what was removed would come again',
    );
  }
  reader.done();
  return config;
}
