/** Job types as models write them: a worker's name, `= "pay-" + rail`, or a rail job's full name such as `pay-slcb`. */
import { oneOf } from './suggest.ts';

/** What exists in the code, by name. */
export type ServedJobs = {
  /** Served by workers/, such as `validate-batch`. */
  readonly workerTypes: readonly string[];
  /** First part of the types served by connectors/, such as `pay` of `pay-slcb`. */
  readonly railJobKinds: readonly string[];
  readonly railIds: readonly string[];
};

export type Job = { readonly name: string } | { readonly problem: string };

/** The served job, a rail job under its kind; or why there is none. */
export function readJobType(type: string, served: ServedJobs): Job {
  const { workerTypes, railJobKinds, railIds } = served;
  const kind = railKind(type);
  if (kind) {
    if (railJobKinds.includes(kind)) return { name: kind };
    return { problem: `no rail serves the job type "${kind}-"; ${oneOf(kind, railJobKinds)}` };
  }
  const name = plainName(type);
  if (!name) return { problem: `the job type ${type} cannot be checked; write a name, or = "pay-" + rail` };
  if (workerTypes.includes(name)) return { name };
  const known = railJobKinds.find((k) => railIds.some((rail) => name === `${k}-${rail}`));
  if (known) return { name: known };
  const railTypes = railJobKinds.flatMap((k) => railIds.map((rail) => `${k}-${rail}`));
  const kinds = railJobKinds.map((k) => `= "${k}-" + rail`);
  return { problem: `nobody serves the job type "${name}"; ${oneOf(name, [...workerTypes, ...kinds], railTypes)}` };
}

/** `pay` of `= "pay-" + rail`. */
export function railKind(type: string): string | undefined {
  return /^=\s*"([^"]+)-"\s*\+\s*rail\s*$/.exec(type)?.[1];
}

function plainName(type: string): string | undefined {
  return type.startsWith('=') ? /^=\s*"([^"]+)"\s*$/.exec(type)?.[1] : type;
}
