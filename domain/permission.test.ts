import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isPersonal, type Permission, permissions, permissionsOf, roles, rolesWith } from './permission.ts';

const page = readFileSync(new URL('../docs/permissions.md', import.meta.url), 'utf8');
const names = Object.keys(permissions) as Permission[];

test('docs/permissions.md shows the table, cell by cell', () => {
  const rows = page.split('\n').filter((line) => /^\| `[a-z]+\.[a-z]+` \|/.test(line));
  expect(rows).toEqual(
    names.map((name) => {
      const marks = roles.map((role) => (rolesWith(name).includes(role) ? 'x' : ' '));
      const means = permissions[name].means + (isPersonal(name) ? '; a person only' : '');
      return `| \`${name}\` | ${means} | ${marks.join(' | ')} |`;
    }),
  );
  expect(page).toContain(`| permission | is to | ${roles.join(' | ')} |`);
});

test('who makes payments does not approve them by the same role, and who administers does neither', () => {
  expect(permissionsOf(['submitter'])).not.toContain('batches.approve');
  expect(permissionsOf(['approver'])).not.toContain('batches.submit');
  for (const forbidden of ['batches.submit', 'batches.approve', 'transfers.submit'] as const) {
    expect(permissionsOf(['admin', 'hub-admin', 'auditor', 'operator'])).not.toContain(forbidden);
  }
});

test('an auditor sees and changes nothing', () => {
  expect(permissionsOf(['auditor']).filter((name) => !name.endsWith('.read'))).toEqual([]);
});
