/** The hub's own processes: plain Node, ready when /health/ready answers 200 on each of their ports. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pageAnswers } from '../probe.ts';
import type { Server } from '../server.ts';

/**
 * A young generation of up to 96 MB instead of 48: chunks of a thousand rows die young, and a fifth of the workers'
 * time went into moving them. Nothing is held that needs more than the rest.
 */
const memory = ['--max-old-space-size=192', '--max-semi-space-size=32'];

/** `file` is below dist/. */
export function hubProcess(name: string, file: string, ports: readonly string[], after: readonly string[]): Server {
  return {
    name,
    kind: 'hub',
    ports,
    after,
    startTimeoutMs: 60_000,
    downloads: () => [],
    async prepare({ profile, environment, hub }) {
      const program = join('dist', file);
      if (!existsSync(join(profile.root, program)))
        throw new Error(`${name}: ${program} is not built; run \`make build\``);
      return {
        command: process.execPath,
        args: [...memory, '--enable-source-maps', program],
        env: { ...environment, ...hub, NODE_OPTIONS: undefined },
        cwd: profile.root,
      };
    },
    async ready(setting) {
      const pages = ports.map((port) => pageAnswers(`http://127.0.0.1:${setting.ports[port]}/health/ready`));
      return (await Promise.all(pages)).every(Boolean);
    },
  };
}
