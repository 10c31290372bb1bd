import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPersonal, type Permission, permissions, type Role, roles, rolesWith } from '../domain/permission.ts';
import { silentLog } from '../platform/log.ts';
import type { TenantDoc } from '../store/documents.ts';
import { may } from './access.ts';
import { mount, type Route, routesOf } from './app.ts';
import { answerProblems } from './boundary.ts';
import type { Caller } from './caller.ts';
import type { ApiDeps } from './deps.ts';

const tenant = { _id: 'a-bank', tenantId: 'a-bank', name: 'A bank' } as TenantDoc;
const routes = routesOf({ c: {}, rails: { all: [], modes: [], columns: [] } } as unknown as ApiDeps);
const operations = routes.flatMap(({ path, methods }) =>
  Object.entries(methods).map(([method, { access }]) => ({ path, method: method.toUpperCase(), access })),
);

let caller: Caller;
let asked = 0;
let server: Server;
let url = '';

beforeAll(async () => {
  const app = express();
  const identify = async () => {
    asked += 1;
    return caller;
  };
  mount(app, routes.map(answeringOnly), identify);
  app.use(answerProblems(silentLog));
  server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** The same paths and checks; behind them somebody who only says that he was reached. */
function answeringOnly({ path, methods }: Route): Route {
  const reached = Object.entries(methods).map(([method, { access }]) => [
    method,
    may(access, (_req, res) => void res.send('reached')),
  ]);
  return { path, methods: Object.fromEntries(reached) };
}

async function statusOf({ method, path }: { method: string; path: string }): Promise<number> {
  const answer = await fetch(url + path.replaceAll(/:\w+/g, 'x'), { method });
  await answer.arrayBuffer();
  return answer.status;
}

function callerWith(changes: Partial<Caller>): Caller {
  return { kind: 'person', subject: 'ama', name: 'Ama', tenant, roles: [], ip: '127.0.0.1', by: 'token', ...changes };
}

for (const role of roles) {
  test(`a person who is ${role} reaches the routes of the table and no other`, async () => {
    caller = callerWith({ roles: [role], ...(role === 'hub-admin' ? { tenant: undefined } : {}) });
    for (const operation of operations) {
      const status = await statusOf(operation);
      expect([operation, status === 200]).toEqual([operation, isOpen(operation.access) || has(role, operation.access)]);
      if (status !== 200) expect([400, 403]).toContain(status);
    }
  });
}

test('a person without a role reaches what is open to everybody, and who they are', async () => {
  caller = callerWith({ roles: [] });
  for (const operation of operations) {
    expect([operation, await statusOf(operation)]).toEqual([operation, isOpen(operation.access) ? 200 : 403]);
  }
});

test('a machine with every role does nothing that is asked of a person', async () => {
  caller = callerWith({ kind: 'machine', roles });
  for (const operation of operations) {
    const personal = !isOpen(operation.access) && isPersonal(operation.access as Permission);
    expect([operation, await statusOf(operation)]).toEqual([operation, personal ? 401 : 200]);
  }
});

test('who is of no tenant reaches nothing of a tenant', async () => {
  caller = callerWith({ tenant: undefined, roles });
  for (const operation of operations) {
    const isOfHub = !isOpen(operation.access) && has('hub-admin', operation.access);
    expect([operation, await statusOf(operation)]).toEqual([
      operation,
      isOpen(operation.access) || isOfHub ? 200 : 400,
    ]);
  }
});

test('nobody is asked who they are where everybody may come', async () => {
  const before = asked;
  const open = operations.filter(({ access }) => access === 'anyone');
  for (const operation of open) expect(await statusOf(operation)).toBe(200);
  expect(asked).toBe(before);
  expect(open.map(({ path }) => path).sort()).toEqual([
    '/api/v1/template',
    '/console/callback',
    '/console/login',
    '/console/logout',
    '/health/live',
    '/health/ready',
    '/metrics',
    '/template',
  ]);
});

test('each permission is asked for by some route', () => {
  const asked = new Set(operations.map(({ access }) => access));
  expect(Object.keys(permissions).filter((each) => !asked.has(each as Permission))).toEqual([]);
});

function isOpen(access: string): boolean {
  return access === 'anyone' || access === 'signed-in';
}

function has(role: Role, access: string): boolean {
  return rolesWith(access as Permission).includes(role);
}
