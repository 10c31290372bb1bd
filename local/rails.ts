/** The rails that run here, each registered one and the instances of instances.yaml: where the simulator of each listens, and its config. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instancesOf } from '../connectors/instances.ts';
import type { RailInstance } from '../connectors/rail.ts';
import { variableNameOf } from '../connectors/rail-variables.ts';
import { rails } from '../connectors/rails.ts';
import { type InstanceSpec, readRailsFile } from '../connectors/rails-file.ts';
import { type Profile, profileOf } from './profile.ts';

export type LocalRail = Pick<RailInstance, 'id' | 'configKeys' | 'localConfig'> & { readonly port: number };

const firstPort = 8101;
/** Of the instances: a new rail moves none of them. */
const firstInstancePort = 8151;
const instancesFile = join(profileOf('local').root, 'local', 'instances.yaml');

const specs: readonly InstanceSpec[] = [
  ...rails.map(({ id }) => ({ id, rail: id })),
  ...readRailsFile(readFileSync(instancesFile, 'utf8'), 'local/instances.yaml'),
];
const instances = instancesOf(rails, specs, 'local/instances.yaml');

/** A port each: in the registry's order slcb 8101, mojaloop 8102, gsma 8103, bank-file 8104, closed-loop 8105; the instances in theirs from 8151. */
export const localRails: readonly LocalRail[] = instances.map(({ id, configKeys, localConfig }, index) => ({
  id,
  configKeys,
  localConfig,
  port: index < rails.length ? firstPort + index : firstInstancePort + index - rails.length,
}));

/** Where a profile keeps the file that RAILS_FILE names. */
export function railsFileOf({ run }: Profile): string {
  return join(run, 'rails.yaml');
}

/** The text of the file that RAILS_FILE names here. */
export function localRailsFile(): string {
  const own = readFileSync(instancesFile, 'utf8')
    .split('\n')
    .filter((line) => /^ {2}/.test(line));
  return ['rails:', ...rails.map(({ id }) => `  - { id: ${id}, rail: ${id} }`), ...own, ''].join('\n');
}

/** `mode` in any case. */
export function localRailOfMode(mode: string): RailInstance | undefined {
  return instances.find(({ paymentModes }) => paymentModes.includes(mode.toLowerCase()));
}

/** The environment variable of a simulator's port: SIMULATOR_SLCB_PORT. */
export const simulatorPortVariable = (id: string) => `SIMULATOR_${variableNameOf(id)}_PORT`;
