import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { problems } from '../domain/problem.ts';
import { switchNames } from '../domain/switches.ts';
import { createApp } from './app.ts';
import type { ApiDeps } from './deps.ts';
import { openapiPage, operationsOf, wrongWith } from './openapi.ts';

test('every route of the app is on the page, and every operation of the page is a route', () => {
  const app = createApp({
    c: {},
    metrics: { timer: () => () => undefined },
    rails: { all: [], modes: [], columns: [] },
  } as unknown as ApiDeps);
  const routes = app.router.stack.flatMap(({ route }) => {
    if (!route) return [];
    const path = String(route.path).replaceAll(/:(\w+)/g, '{$1}');
    const methods = route.stack.flatMap(({ method }) => (method ? [`${method.toUpperCase()} ${path}`] : []));
    return methods;
  });
  expect(routes.sort()).toEqual(operationsOf(openapiPage).sort());
});

test('a problem of every code is a problem of the page, and an answer that is none is found out', () => {
  const text = JSON.stringify({ batch_id: 'x' });
  const answer = { method: 'POST', path: '/batchtransactions', status: 202, type: 'application/json', text };
  expect(wrongWith(answer).length).toBeGreaterThan(3);
  expect(Object.keys(problems).length).toBeGreaterThan(20);
});

test('the page has exactly the switches that there are', () => {
  const { schemas } = (
    openapiPage as unknown as { components: { schemas: Record<string, { properties?: object; required?: string[] }> } }
  ).components;
  expect(Object.keys(schemas.SwitchesPut?.properties ?? {})).toEqual(switchNames);
  expect(schemas.Switches?.required).toEqual(switchNames);
});

test('each file of routes/ is used by the app', () => {
  const app = readFileSync(new URL('app.ts', import.meta.url), 'utf8');
  for (const file of readdirSync(new URL('routes/', import.meta.url))) expect(app).toContain(`./routes/${file}`);
});
