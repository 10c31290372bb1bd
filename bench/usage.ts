/** What each process of the stack costs: processor time and peak memory, read from /proc while something is measured. */
import { readFileSync } from 'node:fs';
import type { Stack } from '../local/stack.ts';

export const hubProcesses = ['api', 'workers', 'connectors', 'monitoring', 'simulators'] as const;
export const measured = [...hubProcesses, 'zeebe', 'kafka', 'mongo', 's3'] as const;
export type Measured = (typeof measured)[number] | 'bench' | 'others';

/** Seconds of processor time since the process started, all threads; `others` is the rest of the machine. */
type Reading = { readonly at: number; readonly seconds: Readonly<Record<string, number>>; readonly busy: number };

export type Usage = {
  /** Seconds of processor time per process from one moment to another. */
  between(from: number, to: number): Record<Measured, number>;
  stop(): void;
};

const ticksPerSecond = 100;

export function watchUsage(stack: Stack): Usage {
  const readings: Reading[] = [];
  const take = () => void readings.push(read(stack));
  take();
  const timer = setInterval(take, 250);
  return {
    between: (from, to) => difference(readingAt(readings, from), readingAt(readings, to)),
    stop() {
      clearInterval(timer);
      take();
    },
  };
}

/** Between two readings each process is taken to work evenly. */
function readingAt(readings: readonly Reading[], at: number): Reading {
  const after = readings.find((reading) => reading.at >= at) ?? readings.at(-1)!;
  const before = readings.findLast((reading) => reading.at <= at) ?? readings[0]!;
  if (after.at <= before.at) return before;
  const share = (at - before.at) / (after.at - before.at);
  const between = (first: number, last: number) => first + (last - first) * share;
  const names = Object.keys(after.seconds);
  const seconds = Object.fromEntries(names.map((name) => [name, between(before.seconds[name]!, after.seconds[name]!)]));
  return { at, seconds, busy: between(before.busy, after.busy) };
}

function read(stack: Stack): Reading {
  const pids: [string, number | undefined][] = [
    ...measured.map((name) => [name, stack.pidOf(name)] as [string, number | undefined]),
    ['bench', process.pid],
  ];
  const seconds = Object.fromEntries(pids.map(([name, pid]) => [name, pid === undefined ? 0 : secondsOf(pid)]));
  return { at: Date.now(), seconds, busy: busySeconds() };
}

function difference(first: Reading, last: Reading): Record<Measured, number> {
  const ours = Object.fromEntries(
    Object.keys(last.seconds).map((name) => [name, Math.max(0, last.seconds[name]! - first.seconds[name]!)]),
  ) as Record<Measured, number>;
  const sum = Object.values(ours).reduce((total, value) => total + value, 0);
  return { ...ours, others: Math.max(0, last.busy - first.busy - sum) };
}

function secondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}

/** User, nice, system, interrupts and what the host took for others. */
function busySeconds(): number {
  const [user, nice, system, , , irq, softIrq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user! + nice! + system! + irq! + softIrq! + (steal ?? 0)) / ticksPerSecond;
}

/** The largest resident size of each hub process since it started, in MB. */
export function peaksOf(stack: Stack): Record<(typeof hubProcesses)[number], number> {
  return Object.fromEntries(hubProcesses.map((name) => [name, peakOf(stack.pidOf(name))])) as ReturnType<
    typeof peaksOf
  >;
}

function peakOf(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
