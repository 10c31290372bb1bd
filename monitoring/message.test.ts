import { expect, test } from 'vitest';
import { causeOf, withoutNumbers } from './message.ts';

const place = { processId: 'transfer-toy', elementId: 'Task_Pay', errorType: 'JOB_NO_RETRIES' };

test('what may be an account or a phone number is masked, ids and short numbers are not', () => {
  expect(withoutNumbers('account 003001003874120160 and +4915112345678')).toBe('account …0160 and …5678');
  const kept = 'batch 12345678-1234-4234-8234-123456789012-7 answered 503 after 15000 ms';
  expect(withoutNumbers(kept)).toBe(kept);
  expect(withoutNumbers('x'.repeat(10_000))).toHaveLength(500);
});

test('failures of one place that differ in ids and numbers have one cause, others have others', () => {
  const of = (n: number, id: string) => causeOf(place, `Error: rail answered ${n} to ${id}`);
  const [one, two] = ['12345678-1234-4234-8234-123456789012', 'abcdef01-1234-4234-8234-123456789012'];
  expect(of(503, one)).toBe(of(500, two));
  expect(of(503, one)).not.toBe(causeOf({ ...place, elementId: 'Task_Ask' }, `Error: rail answered 503 to ${one}`));
  expect(of(503, one)).not.toBe(causeOf(place, 'Error: something else'));
});
