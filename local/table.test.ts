import { expect, test } from 'vitest';
import { megabytes, tableText } from './table.ts';

test('columns are as wide as their widest cell and lines end without blanks', () => {
  const rows = [
    ['zeebe', '26500', '380 MB'],
    ['simulators', '8101', ''],
  ];
  expect(tableText(['server', 'port', 'memory'], rows)).toBe(
    ['server      port   memory', 'zeebe       26500  380 MB', 'simulators  8101'].join('\n'),
  );
});

test('bytes are told in whole megabytes, nothing as nothing', () => {
  expect(megabytes(312 * 1024 * 1024 + 5)).toBe('312 MB');
  expect(megabytes(undefined)).toBe('');
});
