import { expect, test } from 'vitest';
import { seal, unseal } from './seal.ts';

test('what is sealed is read again with the same secret and context, and each time sealed otherwise', () => {
  const sealed = seal('secret', 'of ama', 'refresh-token');
  expect(unseal('secret', 'of ama', sealed)).toBe('refresh-token');
  expect(seal('secret', 'of ama', 'refresh-token')).not.toBe(sealed);
  expect(sealed).not.toContain('refresh');
});

test('another secret, another context or one changed byte opens nothing', () => {
  const sealed = seal('secret', 'of ama', 'refresh-token');
  const bytes = Buffer.from(sealed, 'base64url');
  bytes[bytes.length - 1]! ^= 1;
  expect(() => unseal('other', 'of ama', sealed)).toThrow();
  expect(() => unseal('secret', 'of eve', sealed)).toThrow();
  expect(() => unseal('secret', 'of ama', bytes.toString('base64url'))).toThrow();
  expect(() => unseal('secret', 'of ama', '')).toThrow();
});
