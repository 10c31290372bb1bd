/** Heads of chains told to S3, where whoever changes the database does not reach: what was cut off or rewritten since is found by them. */
import type { Anchor } from '../domain/audit-chain.ts';
import type { TenantId } from '../domain/ids.ts';
import type { ObjectStore } from '../platform/object-store.ts';

/** So that the newest comes first in a list. */
const countDown = 999_999_999_999;
const readMax = 1_000;

const shape = /\/\d{12}-(\d{1,12})-([0-9a-f]{64})\.json$/;

/** The key says it all, so that a list of keys is enough to verify by. */
export function anchorKey(tenantId: TenantId, { n, hash }: Anchor): string {
  return `${prefixOf(tenantId)}${String(countDown - n).padStart(12, '0')}-${n}-${hash}.json`;
}

export async function writeAnchor(
  objects: Pick<ObjectStore, 'put'>,
  tenantId: TenantId,
  { n, hash }: Anchor,
  at: Date,
): Promise<void> {
  const body = JSON.stringify({ tenant_id: tenantId, sequence: n, hash, at: at.toISOString() });
  await objects.put(anchorKey(tenantId, { n, hash }), textOf(body), { contentType: 'application/json' });
}

/** The newest thousand, newest first. */
export async function anchorsOf(objects: Pick<ObjectStore, 'list'>, tenantId: TenantId): Promise<Anchor[]> {
  const anchors: Anchor[] = [];
  for await (const { key } of objects.list(prefixOf(tenantId))) {
    const [, n, hash] = shape.exec(key) ?? [];
    if (n !== undefined && hash !== undefined) anchors.push({ n: Number(n), hash });
    if (anchors.length === readMax) break;
  }
  return anchors;
}

function prefixOf(tenantId: TenantId): string {
  return `_audit/${tenantId}/`;
}

async function* textOf(text: string): AsyncGenerator<string> {
  yield text;
}
