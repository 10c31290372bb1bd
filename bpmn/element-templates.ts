/** Element templates as check-models.ts reads them: which job type they are for and which fields a modeler fills. */
import type { ModdleElement } from 'bpmn-moddle';
import { railKind } from './job-type.ts';
import { oneOf } from './suggest.ts';

export type TemplateText = { readonly file: string; readonly json: string };

export type Template = {
  readonly file: string;
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** The job it is for, a rail's under its kind: `pay`. */
  readonly job: string;
  readonly fields: readonly Field[];
};

/** A header of the task. */
type Field = {
  readonly key: string;
  readonly label: string;
  readonly required: boolean;
  readonly maxLength: number;
  readonly pattern?: { readonly value: string; readonly message: string };
  readonly choices?: readonly string[];
};

type Property = {
  readonly type: string;
  readonly label?: string;
  readonly value?: string;
  readonly binding: { readonly type: string; readonly property?: string; readonly key?: string };
  readonly choices?: readonly { readonly value: string }[];
  readonly constraints?: {
    readonly notEmpty?: boolean;
    readonly maxLength?: number;
    readonly pattern?: { readonly value: string; readonly message: string };
  };
};

export function readTemplates(texts: readonly TemplateText[]): {
  readonly templates: Template[];
  readonly problems: { readonly file: string; readonly message: string }[];
} {
  const templates: Template[] = [];
  const problems: { file: string; message: string }[] = [];
  for (const { file, json } of texts) {
    try {
      templates.push(readTemplate(file, json));
    } catch (cause) {
      problems.push({ file, message: `is not an element template: ${cause instanceof Error ? cause.message : cause}` });
    }
  }
  return { templates, problems };
}

function readTemplate(file: string, json: string): Template {
  const { id, name, version, properties } = JSON.parse(json) as {
    id: string;
    name: string;
    version: number;
    properties: readonly Property[];
  };
  const job = properties.find(({ binding }) => binding.type === 'zeebe:taskDefinition' && binding.property === 'type');
  if (!job?.value) throw new Error('it sets no job type');
  return { file, id, name, version, job: railKind(job.value) ?? job.value, fields: properties.flatMap(fieldOf) };
}

function fieldOf({ binding, label, constraints = {}, choices }: Property): Field[] {
  if (binding.type !== 'zeebe:taskHeader' || !binding.key) return [];
  return [
    {
      key: binding.key,
      label: label ?? binding.key,
      required: constraints.notEmpty === true,
      maxLength: constraints.maxLength ?? Number.POSITIVE_INFINITY,
      pattern: constraints.pattern,
      choices: choices?.map(({ value }) => value),
    },
  ];
}

/** The template for a task's job, and what is wrong with the one it applies. */
export function aboutTemplate(
  element: ModdleElement,
  job: string,
  templates: readonly Template[],
): { readonly template?: Template; readonly problem?: string } {
  const id = element.modelerTemplate as string | undefined;
  const version = element.modelerTemplateVersion as number | undefined;
  const fitting = templates.find((template) => template.job === job);
  if (!fitting) return { problem: `there is no element template for the job "${job}"` };
  const advice = `apply "${fitting.name}" (${fitting.id}, version ${fitting.version})`;
  if (!id) return { template: fitting, problem: `applies no element template; ${advice}` };
  const namesakes = templates.filter((template) => template.id === id);
  const applied = namesakes.find((template) => template.version === version);
  if (applied?.job === job) return { template: applied };
  if (applied)
    return { template: fitting, problem: `does the job "${job}" under the template of "${applied.job}"; ${advice}` };
  if (namesakes.length === 0) return { template: fitting, problem: `there is no element template "${id}"; ${advice}` };
  const versions = namesakes.map((template) => template.version).join(', ');
  const problem = `applies version ${version ?? '(none)'} of "${namesakes[0]!.name}", which is at ${versions}; update it in its properties`;
  return { template: fitting, problem };
}

/** What is wrong with a task's headers in the eyes of its template. */
export function aboutFields(template: Template, headers: ReadonlyMap<string, string>): string[] {
  const keys = template.fields.map(({ key }) => key);
  const unknown = [...headers.keys()].filter((key) => !keys.includes(key));
  return [
    ...unknown.map((key) => `the step "${template.name}" does not know the header "${key}"; ${oneOf(key, keys)}`),
    ...template.fields.flatMap((field) => aboutField(field, headers.get(field.key) ?? '')),
  ];
}

function aboutField({ key, label, required, maxLength, pattern, choices }: Field, value: string): string[] {
  if (value === '') return required ? [`its field "${label}" (header "${key}") is empty`] : [];
  if (choices && !choices.includes(value)) return [`its field "${label}" is "${value}"; ${oneOf(value, choices)}`];
  if (value.length > maxLength) return [`its field "${label}" is longer than ${maxLength} letters`];
  if (pattern && !new RegExp(pattern.value).test(value))
    return [`its field "${label}" is "${value}": ${pattern.message}`];
  return [];
}
