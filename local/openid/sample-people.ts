/** Who may sign in at the local stack's provider: a person for each role, and a machine for each sample tenant. Their secrets are of the profile. */
import { createHmac } from 'node:crypto';
import type { Role } from '../../domain/permission.ts';

export type SamplePerson = {
  readonly username: string;
  readonly name: string;
  /** Absent for who administers the hub. */
  readonly tenant?: string;
  readonly roles: readonly Role[];
};

export const samplePeople: readonly SamplePerson[] = [
  { username: 'sue', name: 'Sue Kamara', tenant: 'ibank-usa', roles: ['submitter'] },
  { username: 'amos', name: 'Amos Bangura', tenant: 'ibank-usa', roles: ['approver'] },
  { username: 'olga', name: 'Olga Sesay', tenant: 'ibank-usa', roles: ['operator'] },
  { username: 'aud', name: 'Aud Conteh', tenant: 'ibank-usa', roles: ['auditor'] },
  { username: 'ada', name: 'Ada Koroma', tenant: 'ibank-usa', roles: ['admin'] },
  { username: 'indira', name: 'Indira Rao', tenant: 'ibank-india', roles: ['submitter', 'operator', 'admin'] },
  { username: 'henry', name: 'Henry Cole', roles: ['hub-admin'] },
];

/** What is done is written down under it: the same name at another tenant is somebody else. */
export function subjectOf({ username, tenant }: SamplePerson): string {
  return `${username}@${tenant ?? 'hub'}`;
}

/** A client for each sample tenant, of the same name: its machines ask in their own name. */
export const sampleMachines = ['ibank-usa', 'ibank-india'] as const;

/** The console's own client, as the API is configured. */
export const consoleClient = 'tributary-console';
/** `make token`: signs a sample person in as a browser would. */
export const terminalClient = 'tributary-terminal';
export const terminalRedirect = 'http://127.0.0.1/signed-in';
/** For tests, which make tenants of their own: it may ask for anybody's token. There is none in the profile `local`. */
export const anyTenantClient = 'tributary-tests';

/** A client's secret, derived, so that a profile keeps one secret for all. */
export function clientSecretOf(secret: string, client: string): string {
  return createHmac('sha256', secret).update(`client/${client}`).digest('base64url');
}
