/** The command line of the local stack; `make up`, `down`, `reset`, `status` and `logs` call it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { environmentText } from './environment.ts';
import { createStack, type ServerStatus, type Stack } from './stack.ts';
import { megabytes, tableText } from './table.ts';

const usage = `usage: node dist/local/main.js COMMAND
  up [--only servers|NAME,NAME]   start what is not up, wait until it is ready
  down                            end what was started, keep data
  reset                           down, and delete data and logs
  status                          what runs where
  logs NAME                       the last 200 lines, then follow
  env                             the environment of hub processes
  start|stop|kill NAME            one of them
PROFILE=${process.env.PROFILE || 'local'} (.local/<profile>/, ports moved by PORT_OFFSET or each by its own variable)`;

try {
  await runCommand();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function runCommand(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } });
  const [command = '', name = ''] = positionals;
  const stack = createStack({ say: (line) => console.log(line) });
  switch (command) {
    case 'up':
      return stack.up({ only: onlyOf(values.only) });
    case 'down':
    case 'reset':
      return stack[command]();
    case 'start':
    case 'stop':
    case 'kill':
      return stack[command](name);
    case 'status':
      return console.log(statusTable(await stack.status()));
    case 'logs':
      return follow(stack, name);
    case 'env':
      return void process.stdout.write(environmentText(stack.env()));
    default:
      throw new Error(usage);
  }
}

function onlyOf(text: string | undefined): 'servers' | readonly string[] | undefined {
  return text === undefined || text === 'servers' ? text : text.split(',');
}

function statusTable(statuses: readonly ServerStatus[]): string {
  const rows = statuses.map(({ name, ports, state, pid, rssBytes, logFile }) => {
    const own =
      state === 'external' ? ['', '', ''] : [pid?.toString() ?? '', megabytes(rssBytes), relative('', logFile)];
    return [name, portsText(name, ports), state, ...own];
  });
  return tableText(['server', 'port', 'state', 'pid', 'memory', 'log file'], rows);
}

/** Simulators have a port each; a server's further ports are its own affair. */
function portsText(name: string, ports: readonly number[]): string {
  return name === 'simulators' ? ports.join(' ') : String(ports[0]);
}

function follow(stack: Stack, name: string): void {
  const file = stack.logFileOf(name);
  if (!existsSync(file)) throw new Error(`${name} has no log yet: ${relative('', file)}`);
  spawn('tail', ['-n', '200', '-F', file], { stdio: 'inherit' });
}
