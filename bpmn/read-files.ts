/** The models and element templates on disk, for the test and for `make deploy`. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TemplateText } from './element-templates.ts';
import type { ModelText } from './read-model.ts';

/** `files` are paths of .bpmn files. */
export function readModels(files: readonly string[]): ModelText[] {
  return files.map((path) => ({ file: basename(path), xml: readFileSync(path, 'utf8') }));
}

/** Paths of the models in the house at `root`. */
export function modelFiles(root: string): string[] {
  return filesIn(join(root, 'bpmn'), '.bpmn');
}

/** Templates of the house at `root`, where Camunda Modeler looks for them too. */
export function readTemplateTexts(root: string): TemplateText[] {
  const folder = '.camunda/element-templates';
  const files = filesIn(join(root, folder), '.json');
  return files.map((path) => ({ file: `${folder}/${basename(path)}`, json: readFileSync(path, 'utf8') }));
}

function filesIn(folder: string, ending: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names.sort().map((name) => join(folder, name));
}
