import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { signatureOf } from './webhook-client.ts';

const at = new Date('2026-11-28T10:00:00.700Z');

test('each secret signs, the newest first, and whoever knows one of them can tell', () => {
  const header = signatureOf(['new', 'old'], at, '{}');
  const hexOf = (secret: string) => createHmac('sha256', secret).update('1795860000.{}').digest('hex');
  expect(header).toBe(`t=1795860000,v1=${hexOf('new')},v1=${hexOf('old')}`);
  expect(signatureOf(['new'], at, '{}')).toBe(`t=1795860000,v1=${hexOf('new')}`);
});
