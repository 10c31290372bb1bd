/** Connects a process to the four servers, says what it waits for, and checks and closes them together. */
import type { Servers } from './config.ts';
import type { Check } from './health.ts';
import { createKafkaBus, type KafkaBus } from './kafka.ts';
import type { Log } from './log.ts';
import { connectMongo, type Mongo } from './mongo.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';
import { waitFor } from './start.ts';
import { createZeebe, type Zeebe } from './zeebe.ts';

export type Connections = {
  readonly mongo: Mongo;
  readonly objects: ObjectStore;
  readonly kafka: KafkaBus;
  readonly zeebe: Zeebe;
  readonly checks: readonly Check[];
  close(): Promise<void>;
};

/** `service` is how Kafka knows the process. */
export async function connectServers(servers: Servers, service: string, log: Log): Promise<Connections> {
  const mongo = await waitFor('MongoDB', () => connectMongo(servers.mongodbUri, { poolMax: 40 }), log);
  const objects = createObjectStore(servers.s3);
  await waitFor('S3', () => objects.ping(), log);
  const kafka = await waitFor('Kafka', () => createKafkaBus(servers.kafkaBrokers, service, log), log);
  const zeebe = createZeebe(servers.zeebeAddress, log);
  await waitFor('Zeebe', () => zeebe.checkHealth(), log);
  return {
    mongo,
    objects,
    kafka,
    zeebe,
    checks: [
      { name: 'mongodb', run: () => mongo.ping() },
      { name: 's3', run: () => objects.ping() },
      { name: 'kafka', run: () => kafka.ping() },
      { name: 'zeebe', run: () => zeebe.checkHealth() },
    ],
    async close() {
      await Promise.allSettled([zeebe.close(), kafka.close()]);
      objects.close();
      await mongo.close();
    },
  };
}
