/** What the demo writes: aligned lines that read well without colour; colours and lines that move only on a terminal. */
import { tableText } from '../table.ts';

export type Screen = {
  say(line?: string): void;
  title(text: string): void;
  /** Columns named in `right` are aligned to the right. */
  table(header: readonly string[], rows: readonly (readonly string[])[], right: readonly string[]): void;
  check(isRight: boolean, claim: string): void;
  faint(text: string): string;
  /** A line that may be written anew until it is `done`; `stamp` is asked for its beginning each time. */
  line(stamp: () => string): LiveLine;
};

export type LiveLine = {
  show(text: string): void;
  done(text: string): void;
};

export type Out = {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** Without a terminal a line that moves is written again only this often. */
const repeatMs = 5_000;

export function createScreen(out: Out, env: NodeJS.ProcessEnv, now: () => number = Date.now): Screen {
  const isLive = Boolean(out.isTTY) && env.TERM !== 'dumb';
  const isColoured = isLive && !env.NO_COLOR;
  const styled = (code: number) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, faint, red, green] = [1, 2, 31, 32].map(styled) as [Style, Style, Style, Style];
  const say = (line = '') => void out.write(`${line}\n`);
  const fitted = (text: string) => text.slice(0, (out.columns ?? 120) - 1);

  return {
    say,
    faint,
    title: (text) => say(bold(text)),
    check: (isRight, claim) => say(isRight ? `  ${green('✓')} ${claim}` : `  ${red('✗')} ${bold(claim)}`),
    table(header, rows, right) {
      const [head, ...lines] = alignedRight([header, ...rows], right) as [string[], ...string[][]];
      const [first, ...rest] = tableText(head, lines).split('\n');
      say(`  ${faint(first ?? '')}`);
      for (const line of rest) say(`  ${line}`);
    },
    line(stamp) {
      let shown = '';
      let shownAt = now();
      return {
        show(text) {
          if (isLive) out.write(`\r\u001b[2K${fitted(stamp() + text)}`);
          else if (text === shown || now() - shownAt < repeatMs) return;
          else say(stamp() + text);
          shown = text;
          shownAt = now();
        },
        done(text) {
          if (isLive) out.write('\r\u001b[2K');
          say(stamp() + text);
        },
      };
    },
  };
}

type Style = (text: string) => string;

/** The first line is the header. */
function alignedRight(lines: readonly (readonly string[])[], right: readonly string[]): string[][] {
  const [header = []] = lines;
  const widths = header.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines.map((line) => line.map((cell, at) => (right.includes(header[at]!) ? cell.padStart(widths[at]!) : cell)));
}
