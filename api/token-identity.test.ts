import type { Request } from 'express';
import { expect, test } from 'vitest';
import type { TenantDoc } from '../store/documents.ts';
import { createTokenIdentity, identityOf } from './token-identity.ts';

const names = { tenant: 'tenant', roles: 'roles' };
const known = new Map(['a-bank', 'b-bank'].map((id) => [id, { _id: id, tenantId: id, name: id } as TenantDoc]));

function identify(claims: Record<string, unknown>, headers: Record<string, string> = {}) {
  const check = async () => ({ kind: 'good' as const, claims: { sub: 'ama', ...claims } });
  const tenants = { get: async (id: string) => known.get(id) };
  const req = { headers: { authorization: 'Bearer x', ...headers }, ip: '10.0.0.1', socket: {} } as unknown as Request;
  return createTokenIdentity({ check, claims: names, tenants })(req);
}

test('tenant, roles and name are those of the token; roles that are none of ours are left out', async () => {
  const caller = await identify({
    tenant: 'a-bank',
    roles: ['operator', 'approver', 'uma_authorization'],
    name: 'Ama',
  });
  expect(caller).toMatchObject({
    kind: 'person',
    subject: 'ama',
    name: 'Ama',
    roles: ['operator', 'approver'],
    ip: '10.0.0.1',
  });
  expect(caller.tenant?._id).toBe('a-bank');
});

test('a header may repeat the tenant of the token; another one is answered as if it did not exist, whether it does or not', async () => {
  const claims = { tenant: 'a-bank', roles: ['operator'] };
  expect((await identify(claims, { 'platform-tenantid': 'a-bank' })).tenant?._id).toBe('a-bank');
  const said = async (id: string) =>
    identify(claims, { 'platform-tenantid': id }).then(
      () => [],
      ({ code, message }) => [code, message],
    );
  expect(await said('b-bank')).toEqual(await said('no-bank'));
  expect((await said('b-bank'))[0]).toBe('tenant-unknown');
});

test('without a tenant, or with one that is not of this hub, a token opens nothing', async () => {
  await expect(identify({ roles: ['operator'] })).rejects.toMatchObject({ code: 'tenant-unknown' });
  await expect(identify({ tenant: 'no-bank', roles: ['operator'] })).rejects.toMatchObject({ code: 'tenant-unknown' });
  for (const tenant of ['', 7, null, ['a-bank'], { $ne: '' }]) {
    await expect(identify({ tenant, roles: ['operator'] })).rejects.toMatchObject({ code: 'token-refused' });
  }
});

test('the header names no tenant for who has none', async () => {
  await expect(identify({ roles: ['hub-admin'] }, { 'platform-tenantid': 'a-bank' })).rejects.toMatchObject({
    code: 'tenant-unknown',
  });
});

test('nobody of a tenant administers the hub, and who does is of no tenant', async () => {
  expect((await identify({ tenant: 'a-bank', roles: ['hub-admin', 'auditor'] })).roles).toEqual(['auditor']);
  const admin = await identify({ roles: ['hub-admin', 'operator'] });
  expect([admin.roles, admin.tenant]).toEqual([['hub-admin'], undefined]);
});

test('X-User and X-Roles are refused: the token says who asks', async () => {
  for (const name of ['x-user', 'x-roles']) {
    const claims = { tenant: 'a-bank', roles: ['operator'] };
    await expect(identify(claims, { [name]: 'admin' })).rejects.toMatchObject({ code: 'invalid-request' });
  }
});

test('a client that asks in its own name is a machine, as each provider tells it', () => {
  const kindOf = (claims: object) => identityOf({ sub: 's', tenant: 'a-bank', ...claims }, names).kind;
  expect(kindOf({ roles: ['machine'] })).toBe('machine');
  expect(kindOf({ roles: ['approver'], client_id: 's' })).toBe('machine');
  expect(kindOf({ roles: ['approver'], azp: 's' })).toBe('machine');
  expect(kindOf({ roles: ['approver'], idtyp: 'app' })).toBe('machine');
  expect(kindOf({ roles: ['approver'], client_id: 'console', azp: 'console' })).toBe('person');
});

test('claims may lie deeper, under a whole address, or be words by spaces', () => {
  const deep = { sub: 's', tenant: 'a-bank', realm_access: { roles: ['auditor'] } };
  expect(identityOf(deep, { tenant: 'tenant', roles: 'realm_access.roles' }).roles).toEqual(['auditor']);
  const named = { sub: 's', 'https://hub.example/tenant': 'a-bank', roles: 'auditor operator' };
  const identity = identityOf(named, { tenant: 'https://hub.example/tenant', roles: 'roles' });
  expect([identity.tenantId, identity.roles]).toEqual(['a-bank', ['auditor', 'operator']]);
  for (const roles of [7, { auditor: true }, [['auditor']], null]) {
    expect(identityOf({ sub: 's', tenant: 'a-bank', roles }, names).roles).toEqual([]);
  }
});

test('no token, or something else than one, is asked for', async () => {
  for (const authorization of ['', 'Basic YTpi', 'Bearer', 'Bearer a b']) {
    await expect(identify({ tenant: 'a-bank' }, { authorization })).rejects.toMatchObject({ code: 'token-required' });
  }
});
