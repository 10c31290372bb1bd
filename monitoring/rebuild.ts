/** Forgets the projections and has monitoring make them anew, as far back as Kafka keeps Zeebe's records. Stop monitoring before. */
import { createKafkaBus } from '../platform/kafka.ts';
import { createLog } from '../platform/log.ts';
import { connectMongo } from '../platform/mongo.ts';
import { waitFor } from '../platform/start.ts';
import { collectionsOf } from '../store/collections.ts';
import { clearProjections } from '../store/projections.ts';
import { group, readMonitoringConfig } from './config.ts';

const log = createLog('monitoring');
const { servers, topic } = readMonitoringConfig(process.env);
const kafka = await createKafkaBus(servers.kafkaBrokers, 'monitoring-rebuild', log);
const mongo = await connectMongo(servers.mongodbUri);
try {
  // In this order: killed in between, documents that are still there take no record twice.
  // Kafka takes one that was killed for a member for ten seconds more.
  await waitFor('the end of monitoring', () => kafka.rewind(topic, group), log, 30_000);
  await clearProjections(collectionsOf(mongo));
  log.info('projections cleared', { topic, next: 'start monitoring: it begins at the oldest record' });
} catch (error) {
  log.error('projections were not cleared', { error });
  process.exitCode = 1;
} finally {
  await Promise.all([kafka.close(), mongo.close()]);
}
