/** A report: a page for people, its figures as JSON, its plots as SVG; written anew after each round, so that a broken run keeps what it has. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine, serverVersions } from './machine.ts';

export type Report = {
  readonly what: string;
  readonly title: string;
  /** Markdown after the description of the machine. */
  readonly text: string;
  readonly plots: Readonly<Record<string, string>>;
  readonly data: unknown;
};

export type About = {
  readonly machine: Machine;
  readonly settings: Readonly<Record<string, string>>;
  readonly date: string;
  readonly folder: string;
};

export function writeReport(report: Report, about: About, say: (line: string) => void): void {
  const { machine, settings, date, folder } = about;
  const name = `${date.slice(0, 10)}-${report.what}`;
  mkdirSync(folder, { recursive: true });
  const plots = Object.entries(report.plots).map(([plot, svg]) => {
    const file = `${name}-${plot}.svg`;
    writeFileSync(join(folder, file), svg);
    return `![${plot}](${file})`;
  });
  const text = `# ${report.title}

${date.slice(0, 16).replace('T', ' ')} UTC · ${machine.cores} cores (${machine.processor}), ${machine.memoryGb} GB · ${machine.system} · Node ${machine.node} · ${machine.java}
· ${serverVersions} · commit ${machine.commit} · all servers, simulators and the hub on this machine · load before the run ${machine.loadBefore}
· settings ${Object.entries(settings)
    .map(([key, value]) => `\`${key}=${value}\``)
    .join(' ')}

${report.text.trim()}

${plots.join('\n\n')}
`;
  writeFileSync(join(folder, `${name}.md`), text);
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ machine, settings, date, figures: report.data }, null, 2)}\n`,
  );
  say(`written: ${join(folder, name)}.md`);
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
