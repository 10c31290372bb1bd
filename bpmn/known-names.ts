/** Every name that models may use, as the code has it. */
import { railJobKinds } from '../connectors/rail-jobs.ts';
import { rails } from '../connectors/rails.ts';
import { bpmnErrors, messages } from '../domain/process.ts';
import { defaultSwitches } from '../domain/switches.ts';
import { workerTypes } from '../workers/workers.ts';
import type { Known } from './check-models.ts';
import { readTemplateTexts } from './read-files.ts';

/** `root` is the folder of the house, for its element templates. */
export function knownNames(root: string): Known {
  return {
    workerTypes,
    railJobKinds,
    railIds: rails.map(({ id }) => id),
    messages: Object.values(messages),
    errors: Object.values(bpmnErrors),
    switches: defaultSwitches,
    templates: readTemplateTexts(root),
  };
}
