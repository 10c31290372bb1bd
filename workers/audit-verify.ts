/** Verifies the audit of one tenant, or of all: walks each chain from its start, against the heads kept in S3. Ends with 1 where one does not hold. */
import { ConfigError } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { connectMongo } from '../platform/mongo.ts';
import { createObjectStore } from '../platform/object-store.ts';
import { anchorsOf } from '../store/audit-anchors.ts';
import { createAuditChain } from '../store/audit-chain.ts';
import { collectionsOf } from '../store/collections.ts';
import { readWorkersConfig } from './config.ts';

const log = createLog('audit-verify');

try {
  const { servers } = readWorkersConfig(process.env);
  const mongo = await connectMongo(servers.mongodbUri);
  const objects = createObjectStore(servers.s3);
  try {
    const chain = createAuditChain(collectionsOf(mongo));
    const asked = process.argv[2];
    const tenantIds = asked ? [asked] : await chain.tenants();
    for (const tenantId of tenantIds) await verify(tenantId);
    if (tenantIds.length === 0) log.info('there is no audit yet');

    async function verify(tenantId: string): Promise<void> {
      const anchors = await anchorsOf(objects, tenantId);
      const { problems, checked, unsealed, head } = await chain.verify(tenantId, { anchors });
      const facts = { tenantId, checked, unsealed, anchors: anchors.length, sequence: head?.n, hash: head?.hash };
      if (problems.length === 0) return log.info('audit holds', facts);
      log.error('audit does not hold', { ...facts, problems });
      process.exitCode = 1;
    }
  } finally {
    await mongo.close();
    objects.close();
  }
} catch (error) {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else log.error('audit was not verified', { error });
  process.exitCode = 2;
}
