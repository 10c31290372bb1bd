import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isoReasons, reasonCodes } from './outcome.ts';
import { invalidRequest, Problem, problemBody, problems } from './problem.ts';
import { identifierTypes, rowErrorCodes } from './row-check.ts';

const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');

test('every problem stands in docs/errors.md with its status, and nothing else does', () => {
  const documented = rowsOf('Problems').map(([name, status]) => [name!.replaceAll('`', ''), Number(status)]);
  expect(documented).toEqual(Object.entries(problems).map(([code, { status }]) => [code, status]));
});

test('every row error stands in docs/errors.md, and nothing else does', () => {
  const documented = rowsOf('Row errors').map(([code]) => code!.replaceAll('`', ''));
  expect(documented).toEqual(Object.keys(rowErrorCodes));
  for (const type of identifierTypes) expect(page).toContain(type);
});

test('every code of the result file stands in docs/errors.md with an ISO 20022 reason', () => {
  const rows = rowsOf('Codes of the result file');
  expect(rows.map(([code]) => code)).toEqual(Object.keys(reasonCodes));
  expect(rows.map(([code, reason]) => [code, reason])).toEqual(Object.entries(isoReasons));
});

test('every row of the page tells a cause and a cure', () => {
  const rows = ['Problems', 'Row errors', 'Codes of the result file'].flatMap(rowsOf);
  for (const row of rows) for (const cell of row.slice(-2)) expect(cell.length).toBeGreaterThan(2);
});

test('a problem has the members of RFC 9457 and those of older clients', () => {
  const body = problemBody(new Problem('invalid-file-structure', 'missing column: id', { missing: ['id'] }), '/x');
  expect(body).toEqual({
    type: 'urn:tributary:problem:invalid-file-structure',
    title: 'The file has the wrong columns',
    status: 400,
    detail: 'missing column: id',
    instance: '/x',
    missing: ['id'],
    errorInformation: 'Invalid file structure',
    errorDescription: 'missing column: id',
    errorCode: 400,
  });
});

test('a request with several things wrong names each', () => {
  const problem = invalidRequest([
    { name: 'page', message: 'write a whole number' },
    { name: '', message: 'send an object' },
  ]);
  expect(problem.message).toBe('page: write a whole number; send an object');
  expect(problem.extra.errors).toHaveLength(2);
});

/** Cells of the table under a heading. */
function rowsOf(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
