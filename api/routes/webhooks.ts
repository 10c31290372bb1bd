/** GET and PUT /api/v1/tenants/{id}/webhooks, POST …/webhooks/secret: where notifications and alerts go, and a new secret to sign them with. */
import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import { invalidRequest, Problem } from '../../domain/problem.ts';
import { durationMs } from '../../domain/switches.ts';
import { checkCallbackUrl } from '../../platform/callback-address.ts';
import { masked } from '../../platform/log.ts';
import type { TenantDoc } from '../../store/documents.ts';
import type { NewAddresses } from '../../store/tenants.ts';
import type { ApiDeps } from '../deps.ts';
import { readObject } from '../request.ts';
import { changeTenant, ownTenant } from './switches.ts';

/** A receiver has a day to learn the new secret, unless it is told otherwise. */
const overlapByDefault = '24h';
const overlapMaxMs = 30 * 86_400_000;

export function getWebhooks(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    res.json(shown(await ownTenant(deps, req), deps.now()));
  };
}

export function putWebhooks(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const given = await readObject(req, ['notification_url', 'alert_url']);
    const notificationUrl = addressIn(given, 'notification_url');
    const alertUrl = addressIn(given, 'alert_url');
    if (notificationUrl === undefined && alertUrl === undefined) {
      throw invalidRequest([{ name: '', message: 'write notification_url, alert_url, or both' }]);
    }
    if (notificationUrl) await vet(deps, tenant, 'notification_url', notificationUrl);
    if (alertUrl) await vet(deps, tenant, 'alert_url', alertUrl);
    const asked = { notificationUrl, alertUrl };
    let now = tenant;
    await changeTenant(deps, req, tenant, 'webhooks.set', async (session) => {
      const before = await deps.tenants.setAddresses(tenant._id, asked, session);
      now = { ...before, ...addressesOf(before, asked) };
      return { before: told(before), after: told(now) };
    });
    deps.log.info('webhook addresses set', {
      tenantId: tenant._id,
      notifications: now.notificationUrl !== undefined,
      alerts: now.alertUrl !== undefined,
    });
    res.json(shown(now, deps.now()));
  };
}

/** The new secret is in the answer and nowhere else; until the overlap is over, both sign. */
export function postWebhookSecret(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const { overlap = overlapByDefault } = await readObject(req, ['overlap']);
    const overlapMs = overlapOf(overlap);
    const at = deps.now();
    const before = tenant.webhookSecretBefore;
    if (overlapMs > 0 && before && before.until > at) {
      const detail = `the secret before is valid until ${before.until.toISOString()}: come back then, or write an overlap of 0s`;
      throw new Problem('secret-rotating', `${detail}, which ends it and the present one at once`);
    }
    const secret = randomBytes(32).toString('base64url');
    const until = new Date(at.getTime() + overlapMs);
    await changeTenant(deps, req, tenant, 'webhook-secret.rotate', async (session) => {
      await deps.tenants.rotateWebhookSecret(tenant._id, { secret, from: tenant.webhookSecret, at, until }, session);
      return { before: { secret: masked(tenant.webhookSecret) }, after: { secret: masked(secret), bothUntil: until } };
    });
    deps.log.info('webhook secret rotated', { tenantId: tenant._id, overlapMs });
    res
      .status(201)
      .set('Cache-Control', 'no-store')
      .json({
        signing_secret: secret,
        also_valid_until: overlapMs > 0 ? until.toISOString() : null,
      });
  };
}

function overlapOf(overlap: unknown): number {
  const isDuration = typeof overlap === 'string' && /^\d{1,6}[smhd]$/.test(overlap);
  const ms = isDuration ? durationMs(overlap) : -1;
  if (ms >= 0 && ms <= overlapMaxMs) return ms;
  throw invalidRequest([{ name: 'overlap', message: 'write a duration from 0s to 30d, such as 24h' }]);
}

/** What is left out stays as it was. */
function addressesOf(before: TenantDoc, { notificationUrl, alertUrl }: NewAddresses): Addresses {
  const own = (was: string | undefined, url: string | null | undefined) =>
    url === undefined ? was : (url ?? undefined);
  return {
    notificationUrl: own(before.notificationUrl, notificationUrl),
    alertUrl: own(before.alertUrl, alertUrl),
  };
}

function addressIn(given: Record<string, unknown>, name: string): string | null | undefined {
  const url = given[name];
  if (url === undefined || url === null || typeof url === 'string') return url;
  throw invalidRequest([{ name, message: 'write an address, or null for none' }]);
}

async function vet({ lookup }: ApiDeps, tenant: TenantDoc, name: string, url: string): Promise<void> {
  const check = await checkCallbackUrl(url, { allowPrivate: tenant.allowPrivateAddresses, lookup });
  if (check.kind === 'refused') throw new Problem('callback-address-refused', `${name}: ${check.reason}`);
}

type Addresses = Pick<TenantDoc, 'notificationUrl' | 'alertUrl'>;

function told({ notificationUrl, alertUrl }: Addresses) {
  return { notificationUrl: shortUrl(notificationUrl), alertUrl: shortUrl(alertUrl) };
}

/** Without what may be a password. */
function shortUrl(url: string | undefined): string | null {
  if (!url || !URL.canParse(url)) return null;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function shown(
  { notificationUrl, alertUrl, webhookSecret, webhookSecretAt, webhookSecretBefore: before }: TenantDoc,
  now: Date,
) {
  return {
    notification_url: notificationUrl ?? null,
    alert_url: alertUrl ?? null,
    signing_secret: { ends_with: masked(webhookSecret), since: webhookSecretAt?.toISOString() ?? null },
    also_valid:
      before && before.until > now ? { ends_with: masked(before.secret), until: before.until.toISOString() } : null,
  };
}
