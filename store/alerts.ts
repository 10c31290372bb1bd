/** Alerts: what a person should look at. Each opens once, is told of again seldom, and closes when its cause is gone. */
import { type TenantId, uuidOf } from '../domain/ids.ts';
import type { ClientSession, Filter, Mongo } from '../platform/mongo.ts';
import type { AlertDoc, AlertKind } from './alert-documents.ts';
import { hubWide } from './audit.ts';
import type { Collections } from './collections.ts';
import { type NewEntry, outboxDoc } from './outbox.ts';

/** Something that is wrong now. */
export type Finding = {
  readonly kind: AlertKind;
  /** Absent for what is of the hub. */
  readonly tenantId?: TenantId;
  /** What it is about: a batch's id, a rail's. One alert for each. */
  readonly subject: string;
  /** For people; no persons in it. */
  readonly detail: string;
};

export type AlertOptions = {
  /** Where every alert goes; absent for nowhere. */
  readonly operatorUrl?: string;
  readonly repeatMs: number;
  readonly now: () => Date;
};

export type Alerts = ReturnType<typeof createAlerts>;

type Event = 'alert.opened' | 'alert.repeated' | 'alert.closed';

/** How long it is tried to tell somebody of an alert. */
const lifeMs = 86_400_000;

export function createAlerts(
  mongo: Pick<Mongo, 'transaction'>,
  c: Pick<Collections, 'alerts' | 'tenants' | 'outbox'>,
  { operatorUrl, repeatMs, now }: AlertOptions,
) {
  /** Opens an alert, or notes that it is still so. */
  async function raise(finding: Finding): Promise<void> {
    const _id = alertId(finding);
    const { tenantId = hubWide, kind, subject, detail } = finding;
    await mongo.transaction(async (session) => {
      const at = now();
      const had = await c.alerts.findOne({ _id }, { session });
      const isOpen = had?.state === 'open';
      const isTold = isOpen && at.getTime() - had.toldAt.getTime() < repeatMs;
      const openedAt = isOpen ? had.openedAt : at;
      const times = isOpen ? had.times : (had?.times ?? 0) + 1;
      const tellings = (had?.tellings ?? 0) + (isTold ? 0 : 1);
      const toldAt = isTold ? had.toldAt : at;
      const alert: AlertDoc = {
        _id,
        tenantId,
        kind,
        subject,
        detail,
        state: 'open',
        openedAt,
        seenAt: at,
        toldAt,
        times,
        tellings,
      };
      await c.alerts.replaceOne({ _id }, alert, { upsert: true, session });
      if (!isTold) await tell(isOpen ? 'alert.repeated' : 'alert.opened', alert, session);
    });
  }

  async function close(alert: Pick<AlertDoc, '_id'>): Promise<void> {
    await mongo.transaction(async (session) => {
      const closed = await c.alerts.findOneAndUpdate(
        { _id: alert._id, state: 'open' },
        { $set: { state: 'closed', closedAt: now() }, $inc: { tellings: 1 } },
        { session, returnDocument: 'after' },
      );
      if (closed) await tell('alert.closed', closed, session);
    });
  }

  async function tell(event: Event, alert: AlertDoc, session: ClientSession): Promise<void> {
    const tenant = await c.tenants.findOne({ _id: alert.tenantId }, { session, projection: { alertUrl: 1 } });
    const addresses = [
      ...(operatorUrl === undefined ? [] : [[hubWide, operatorUrl] as const]),
      ...(tenant?.alertUrl === undefined ? [] : [[tenant._id, tenant.alertUrl] as const]),
    ];
    for (const [tenantId, url] of addresses) {
      await c.outbox.insertOne(outboxDoc(entryOf(event, alert, tenantId, url), now()), { session });
    }
  }

  function entryOf(event: Event, alert: AlertDoc, tenantId: TenantId, url: string): NewEntry {
    const { _id, kind, subject, detail, openedAt, closedAt, tellings } = alert;
    const id = `alert/${_id}/${Number(tellings)}/${tenantId}`;
    const eventId = uuidOf(id);
    const body = JSON.stringify({
      event_id: eventId,
      event,
      occurred_at: now().toISOString(),
      tenant_id: alert.tenantId === hubWide ? null : alert.tenantId,
      kind,
      subject,
      detail,
      opened_at: openedAt.toISOString(),
      closed_at: closedAt?.toISOString() ?? null,
    });
    const until = new Date(now().getTime() + lifeMs);
    return { id, tenantId, entry: { kind: 'webhook', url, event, eventId, body, until } };
  }

  return {
    raise,

    /** Of these kinds, all that is wrong now: the others that are open close. */
    async settle(kinds: readonly AlertKind[], findings: readonly Finding[]): Promise<void> {
      for (const finding of findings) await raise(finding);
      const wrong = new Set(findings.map(alertId));
      const open = await c.alerts.find({ state: 'open', kind: { $in: [...kinds] } }).toArray();
      for (const alert of open) if (!wrong.has(alert._id)) await close(alert);
    },

    async open(kind: AlertKind): Promise<AlertDoc[]> {
      return c.alerts.find({ state: 'open', kind }).toArray();
    },

    /** How many are open, by kind. */
    async counts(): Promise<Map<AlertKind, number>> {
      const groups = c.alerts.aggregate<{ _id: AlertKind; n: number }>([
        { $match: { state: 'open' } },
        { $group: { _id: '$kind', n: { $sum: 1 } } },
      ]);
      return new Map((await groups.toArray()).map(({ _id, n }) => [_id, Number(n)]));
    },
  };
}

/** Those of the tenant and of the hub itself, the newest first. */
export async function listAlerts(
  c: Pick<Collections, 'alerts'>,
  filter: { readonly tenantId: TenantId; readonly state?: AlertDoc['state']; readonly kind?: AlertKind },
  limit: number,
): Promise<AlertDoc[]> {
  const { tenantId, state, kind } = filter;
  const wanted = { tenantId: { $in: [tenantId, hubWide] }, ...(state && { state }), ...(kind && { kind }) };
  return c.alerts
    .find(wanted as Filter<AlertDoc>)
    .sort({ openedAt: -1, _id: 1 })
    .limit(limit)
    .toArray();
}

function alertId({ kind, tenantId = hubWide, subject }: Finding): string {
  return `${kind}/${tenantId}/${subject}`;
}
