/** Where and on what a figure was measured. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { installedJava } from '../local/java.ts';

export type Machine = {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly java: string;
  readonly commit: string;
  /** Over the last minute, before anything of ours ran: what else is on this machine. */
  readonly loadBefore: number;
};

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    java: `Java ${installedJava(process.env)?.version ?? '25 (downloaded)'}`,
    commit: said('git', ['describe', '--always', '--dirty']),
    loadBefore: Number(loadavg()[0]?.toFixed(2)),
  };
}

/** Pinned in local/downloads.ts. */
export const serverVersions =
  'Zeebe 8.5.8 (one partition), Kafka 4.3.1, MongoDB 6.0.5 (replica set of one), SeaweedFS 4.48';

function said(command: string, args: readonly string[]): string {
  try {
    const text = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text.split('\n')[0]!.trim();
  } catch {
    return 'unknown';
  }
}
