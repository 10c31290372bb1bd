import { expect, test } from 'vitest';
import { createScreen } from './screen.ts';

test('without a terminal there are no escape codes, and a moving line is written at most every five seconds', () => {
  const page = aPage({});
  const line = page.screen.line(() => `${page.clock.ms / 1_000} s  `);
  line.show('1 of 3');
  page.clock.ms = 6_000;
  line.show('2 of 3');
  page.clock.ms = 12_000;
  line.show('2 of 3');
  line.done('3 of 3');
  page.screen.check(false, 'three');
  expect(page.text).toBe('6 s  2 of 3\n12 s  3 of 3\n  ✗ three\n');
});

test('on a terminal a line is written over itself, and NO_COLOR is heeded', () => {
  const page = aPage({ isTTY: true, columns: 9 }, { NO_COLOR: '1' });
  const line = page.screen.line(() => '');
  line.show('a very long line');
  line.done('done');
  page.screen.title('next');
  expect(page.text).toBe('\r\u001b[2Ka very l\r\u001b[2Kdone\nnext\n');
});

test('columns of numbers are aligned to the right', () => {
  const page = aPage({});
  page.screen.table(
    ['rail', 'paid'],
    [
      ['slcb', '1250.50'],
      ['gsma', '220.00'],
    ],
    ['paid'],
  );
  expect(page.text).toBe('  rail     paid\n  slcb  1250.50\n  gsma   220.00\n');
});

function aPage(out: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv = {}) {
  const clock = { ms: 0 };
  const page = { clock, text: '', screen: createScreen({ ...out, write }, env, () => clock.ms) };
  function write(text: string): void {
    page.text += text;
  }
  return page;
}
