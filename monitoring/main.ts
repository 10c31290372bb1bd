/** The monitoring process: Zeebe's own records, from Kafka, become what operators see of processes. Nothing waits for it. */
import { startHealthServer } from '../platform/health.ts';
import { createKafkaBus } from '../platform/kafka.ts';
import { createLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { connectMongo } from '../platform/mongo.ts';
import { runMain, waitFor } from '../platform/start.ts';
import { collectionsOf, ensureIndexes } from '../store/collections.ts';
import { createProjectionStore } from '../store/projections.ts';
import { group, readMonitoringConfig, topicPartitions } from './config.ts';
import { createProjectMessages } from './project-messages.ts';
import { createProjectRecords } from './project-records.ts';

const log = createLog('monitoring', process.env.LOG_LEVEL);

await runMain(log, async () => {
  const { servers, host, port, topic, retention, keepMs } = readMonitoringConfig(process.env);
  const metrics = createMetrics('monitoring');
  const read = metrics.counter('tributary_zeebe_records_total', "Zeebe's records read from Kafka");
  const took = metrics.timer('tributary_projection_seconds', 'time to project one batch of records');
  const mongo = await waitFor('MongoDB', () => connectMongo(servers.mongodbUri), log);
  const c = collectionsOf(mongo);
  await waitFor('MongoDB', () => ensureIndexes(c), log);
  const kafka = await waitFor('Kafka', () => createKafkaBus(servers.kafkaBrokers, 'monitoring', log), log);
  await waitFor('Kafka', () => kafka.ensureTopics([topic], topicPartitions, retention), log);
  const stopping = new AbortController();
  const projectMessages = createProjectMessages({
    project: createProjectRecords(createProjectionStore(c), { keepMs }),
    signal: stopping.signal,
    log,
  });
  metrics.gauges('tributary_projection_lag', "Zeebe's records that are not projected yet", ['topic'], async () => [
    [{ topic }, await kafka.lag(topic, group)],
  ]);
  const health = await startHealthServer({
    host,
    port,
    metrics,
    log,
    checks: [
      { name: 'mongodb', run: () => mongo.ping() },
      { name: 'kafka', run: () => kafka.ping() },
    ],
  });
  const consuming = kafka.consumeBatches({
    topic,
    group,
    async handle(messages) {
      const startedAt = performance.now();
      await projectMessages(messages);
      took((performance.now() - startedAt) / 1_000);
      read({}, messages.length);
    },
  });
  // Joining a group whose last member was killed takes as long as its session; health is told meanwhile.
  consuming.catch((error: unknown) => {
    log.error('records are not consumed', { topic, error });
    process.exit(1);
  });
  health.setReady(true);
  log.info('monitoring ready', { port, topic });

  return {
    async close() {
      health.setReady(false);
      stopping.abort(new Error('the process stops'));
      await kafka.close();
      await health.close();
      await mongo.close();
    },
  };
});
