/** Who may do what: the roles, the permissions, and the one table between them. api/access.ts enforces it, docs/permissions.md shows it. */

/** `hub-admin` is of the hub and not of a tenant: it makes tenants and sees nothing of theirs. */
export const roles = ['submitter', 'approver', 'operator', 'auditor', 'admin', 'machine', 'hub-admin'] as const;
export type Role = (typeof roles)[number];

type Entry = {
  readonly means: string;
  readonly roles: readonly Role[];
  /** Asked of a person alone: no machine does it, whatever its roles. */
  readonly personal?: true;
};

/** Roles of people who look at the hub's work. */
const people = ['submitter', 'approver', 'operator', 'auditor', 'admin'] as const;
/** Roles that need to know what became of payments. */
const readers = [...people, 'machine'] as const;

export const permissions = {
  'batches.read': { means: 'see batches, their payments, files and results', roles: readers },
  'batches.submit': { means: 'send files and have them paid', roles: ['submitter', 'machine'] },
  'batches.approve': { means: 'decide on a batch that somebody else made', roles: ['approver'], personal: true },
  'batches.command': { means: 'pause, resume, cancel and retry a batch', roles: ['operator'], personal: true },
  'transfers.read': { means: 'see single payments', roles: readers },
  'transfers.submit': { means: 'have a single payment made', roles: ['submitter', 'machine'] },
  'payments.ask': { means: 'have a rail asked again about a payment', roles: ['operator'], personal: true },
  'payments.mark': { means: 'propose what came of an unknown payment', roles: ['operator'], personal: true },
  'payments.confirm': {
    means: 'confirm what somebody else proposed of an unknown payment',
    roles: ['approver', 'operator'],
    personal: true,
  },
  'conflicts.resolve': { means: 'note what was found out about a conflict', roles: ['operator'], personal: true },
  'parties.read': { means: 'see accounts and phone numbers in full', roles: ['operator', 'auditor'], personal: true },
  'rails.read': { means: 'see how the rails stand', roles: people },
  'rails.command': { means: 'pause and resume a rail for the tenant', roles: ['operator'], personal: true },
  'payers.read': { means: 'see payers whose payments wait for funds', roles: people },
  'payers.resume': { means: 'have the payments of such a payer tried again', roles: ['operator'], personal: true },
  'wallets.read': { means: 'see wallets and their statements', roles: readers },
  'wallets.write': { means: 'open, fund and close wallets', roles: ['operator'], personal: true },
  'wallets.withdraw': { means: 'have money of a wallet paid out to its account', roles: ['submitter', 'machine'] },
  'routes.read': { means: 'see routes and what became of their parts', roles: readers },
  'routes.submit': { means: 'have an amount sent to many', roles: ['submitter', 'machine'] },
  'routes.command': { means: 'retry and reverse a route', roles: ['operator'], personal: true },
  'accounts.read': { means: 'see beneficiary accounts', roles: readers },
  'accounts.write': { means: 'say who a beneficiary account is and how it is paid out', roles: ['admin', 'machine'] },
  'beneficiaries.read': {
    means: 'see who is registered, and where they are paid',
    roles: ['operator', 'auditor', 'admin', 'machine'],
  },
  'beneficiaries.write': { means: 'register people, change and remove their accounts', roles: ['admin', 'machine'] },
  'programmes.read': { means: 'see programmes, their limits and budgets', roles: readers },
  'programmes.write': { means: 'make, change and close programmes', roles: ['admin'], personal: true },
  'budgets.adjust': { means: 'add to a budget, or take from it', roles: ['operator'], personal: true },
  'processes.read': { means: 'see models, instances and where their tokens are', roles: people },
  'processes.command': { means: 'cancel a process instance, set its variables', roles: ['operator'], personal: true },
  'incidents.read': { means: 'see steps that failed for good', roles: ['operator', 'auditor', 'admin'] },
  'incidents.resolve': { means: 'have a step that failed tried again', roles: ['operator'], personal: true },
  'audit.read': { means: 'see who did what, and verify it', roles: ['operator', 'auditor', 'admin'] },
  'alerts.read': { means: 'see what a person should look at', roles: ['operator', 'auditor', 'admin'] },
  'retention.write': {
    means: 'say how long personal data are kept, and hold what is looked into',
    roles: ['admin'],
    personal: true,
  },
  'webhooks.read': { means: 'see what was told to addresses of the tenant', roles: ['operator', 'auditor', 'admin'] },
  'webhooks.resend': { means: 'have a webhook sent again', roles: ['operator', 'admin'], personal: true },
  'webhooks.rotate': { means: 'make a new secret for webhooks', roles: ['admin'], personal: true },
  'notices.read': { means: 'see what payees were told of their payments', roles: readers },
  'notices.resend': { means: 'have payees told again who were not reached', roles: ['operator'], personal: true },
  'optouts.read': { means: 'see which payees want no notices', roles: ['operator', 'auditor', 'admin', 'machine'] },
  'optouts.write': {
    means: 'note that a payee wants no notices, or wants them again',
    roles: ['operator', 'admin', 'machine'],
  },
  'settings.read': { means: 'see the switches and addresses of the tenant', roles: people },
  'settings.write': { means: 'set the switches and addresses of the tenant', roles: ['admin'] },
  'hub.read': { means: 'see process instances and incidents that are of no tenant', roles: ['hub-admin'] },
  'hub.repair': { means: 'have such a step tried again', roles: ['hub-admin'], personal: true },
  'tenants.read': { means: 'see which tenants the hub has', roles: ['hub-admin'] },
  'tenants.write': { means: 'make tenants, and say what they may', roles: ['hub-admin'] },
} as const satisfies Readonly<Record<string, Entry>>;

export type Permission = keyof typeof permissions;

export function isPersonal(permission: Permission): boolean {
  return 'personal' in permissions[permission];
}

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

export function rolesWith(permission: Permission): readonly Role[] {
  return permissions[permission].roles;
}

/** In the order of the table. */
export function permissionsOf(own: readonly Role[]): Permission[] {
  return (Object.keys(permissions) as Permission[]).filter((each) =>
    rolesWith(each).some((role) => own.includes(role)),
  );
}
