/** GET and PUT /api/v1/tenants/{id}/webhooks: where notifications go, and the secret that signs them and acknowledgements. */
import type { RequestHandler } from 'express';
import { invalidRequest, Problem } from '../../domain/problem.ts';
import { checkCallbackUrl } from '../../platform/callback-address.ts';
import type { TenantDoc } from '../../store/documents.ts';
import type { ApiDeps } from '../deps.ts';
import { readObject } from '../request.ts';
import { changeTenant, ownTenant } from './switches.ts';

export function getWebhooks(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    res.json(shown(await ownTenant(deps, req)));
  };
}

export function putWebhooks(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const { notification_url: url = null } = await readObject(req, ['notification_url']);
    if (url !== null && typeof url !== 'string') {
      throw invalidRequest([{ name: 'notification_url', message: 'write an address, or null for none' }]);
    }
    if (url !== null) await vet(deps, tenant, url);
    await changeTenant(deps, req, tenant, 'webhooks.set', async (session) => {
      const before = await deps.tenants.setNotificationUrl(tenant._id, url ?? undefined, session);
      return { before: { url: shortUrl(before.notificationUrl) }, after: { url: shortUrl(url) } };
    });
    deps.log.info('notification address set', { tenantId: tenant._id, isSet: url !== null });
    res.json(shown({ ...tenant, notificationUrl: url ?? undefined }));
  };
}

async function vet({ lookup }: ApiDeps, tenant: TenantDoc, url: string): Promise<void> {
  const check = await checkCallbackUrl(url, { allowPrivate: tenant.allowPrivateAddresses, lookup });
  if (check.kind === 'refused') throw new Problem('callback-address-refused', `notification_url: ${check.reason}`);
}

/** Without what may be a password. */
function shortUrl(url: string | null | undefined): string | null {
  if (!url || !URL.canParse(url)) return null;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function shown({ notificationUrl, webhookSecret }: TenantDoc) {
  return { notification_url: notificationUrl ?? null, signing_secret: webhookSecret };
}
