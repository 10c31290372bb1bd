/** Every name that models may use, as the code has it. */
import { railJobKinds } from '../connectors/rail-jobs.ts';
import { instancesIn } from '../connectors/rails.ts';
import { bpmnErrors, messages } from '../domain/process.ts';
import { defaultSwitches } from '../domain/switches.ts';
import type { Env } from '../platform/config.ts';
import { workerTypes } from '../workers/workers.ts';
import type { Known } from './check-models.ts';
import { readTemplateTexts } from './read-files.ts';

/** `root` is the folder of the house, for its element templates; `env` says which rail instances there are. */
export function knownNames(root: string, env: Env = {}): Known {
  return {
    workerTypes,
    railJobKinds,
    railIds: instancesIn(env).map(({ id }) => id),
    messages: Object.values(messages),
    errors: Object.values(bpmnErrors),
    switches: defaultSwitches,
    templates: readTemplateTexts(root),
  };
}
