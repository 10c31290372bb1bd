/** Says whether models, templates and code agree, in words a modeler understands. Pure: texts and names in, problems out. */
import type { ModdleElement } from 'bpmn-moddle';
import { aboutFields, aboutTemplate, readTemplates, type Template, type TemplateText } from './element-templates.ts';
import { readJobType, type ServedJobs } from './job-type.ts';
import { definition, extension, isElement, type Model, type ModelText, type Problem, readModel } from './read-model.ts';
import { oneOf } from './suggest.ts';

export type { ModelText, Problem };

/** What exists in the code, by name. */
export type Known = ServedJobs & {
  readonly messages: readonly string[];
  readonly errors: readonly string[];
  /** Group → fields. */
  readonly switches: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly templates: readonly TemplateText[];
};

/** `bulk-transfer.bpmn, "Validate batch" (Task_ValidateBatch): …` */
export function problemText({ file, element, message }: Problem): string {
  return element ? `${file}, ${element}: ${message}` : `${file}: ${message}`;
}

/** All that is wrong with these models: one about to be deployed, or all of them. */
export async function checkModels(models: readonly ModelText[], known: Known): Promise<Problem[]> {
  const { templates, problems } = readTemplates(known.templates);
  const read = await Promise.all(models.map(readModel));
  return [
    ...problems,
    ...read.flatMap((model) => model.problems),
    ...read.flatMap((model) => [...checkFile(model), ...checkElements(model, known, templates)]),
    ...checkProcessIds(read),
  ];
}

/** The other way round: what exists in the code and no model or template speaks of. For all models together. */
export async function checkCoverage(models: readonly ModelText[], known: Known): Promise<Problem[]> {
  const { templates } = readTemplates(known.templates);
  const elements = (await Promise.all(models.map(readModel))).flatMap((model) => model.elements);
  const named = new Set(elements.map((e) => `${e.$type} ${e.$type === 'bpmn:Error' ? e.errorCode : e.name}`));
  const served = [...known.workerTypes, ...known.railJobKinds];
  const unoffered = served.filter((job) => !templates.some((template) => template.job === job));
  const unserved = templates.filter((template) => !served.includes(template.job));
  const unsent = known.messages.filter((name) => !named.has(`bpmn:Message ${name}`));
  const uncaught = known.errors.filter((code) => !named.has(`bpmn:Error ${code}`));
  return [
    ...unoffered.map((job) => ({
      file: `.camunda/element-templates/${job}.json`,
      message: `is missing; modelers pick the job "${job}" from it`,
    })),
    ...unserved.map(({ file, job }) => ({
      file,
      message: `nobody serves the job type "${job}"; ${oneOf(job, served)}`,
    })),
    ...unsent.map((name) => ({ file: 'domain/process.ts', message: `no model waits for the message "${name}"` })),
    ...uncaught.map((code) => ({ file: 'domain/process.ts', message: `no model catches the error "${code}"` })),
  ];
}

function checkFile({ file, root, xml, elements }: Model): Problem[] {
  if (!root) return [];
  const processes = elements.filter((e) => e.$type === 'bpmn:Process');
  const messages: string[] = [];
  if (!processes.some((p) => p.isExecutable)) {
    messages.push('has no executable process; tick "Executable" in the properties of the process');
  }
  const version = root.$attrs['modeler:executionPlatformVersion'];
  if (root.$attrs['modeler:executionPlatform'] !== 'Camunda Cloud' || !version) {
    messages.push(
      'does not say which version of Camunda it is drawn for; choose Camunda 8.5 at the foot of the Modeler',
    );
  } else if (!/^8\.[0-5]\./.test(version)) {
    messages.push(
      `is drawn for Camunda ${version}, but the hub runs on 8.5 and later; choose Camunda 8.5 at the foot of the Modeler`,
    );
  }
  const ids = [...xml.matchAll(/\sid="([^"]*)"/g)].map((m) => m[1]!);
  for (const id of new Set(ids.filter((x, i) => ids.indexOf(x) !== i))) {
    messages.push(`has the id "${id}" twice; give one of the two elements another`);
  }
  return messages.map((message) => ({ file, message }));
}

function checkProcessIds(models: readonly Model[]): Problem[] {
  const processes = models.flatMap(({ file, elements }) =>
    elements.filter((e) => e.$type === 'bpmn:Process').map((e) => ({ file, id: e.id })),
  );
  return processes.flatMap(({ file, id }, i) => {
    const first = processes.findIndex((p) => p.id === id);
    return first === i
      ? []
      : [{ file, message: `has the process id "${id}", which is that of ${processes[first]!.file}` }];
  });
}

function checkElements({ file, elements }: Model, known: Known, templates: readonly Template[]): Problem[] {
  const drawn = new Set(elements.filter((e) => e.$type.startsWith('bpmndi:')).map((e) => e.bpmnElement));
  const thrown = elements.filter((e) => e.$type === 'bpmn:EndEvent').flatMap((e) => codeOf(errorOf(e)) ?? []);
  return elements.flatMap((element) =>
    [
      ...aboutDrawing(element, drawn),
      ...aboutJob(element, known, templates),
      ...aboutMessage(element, known),
      ...aboutError(element, [...known.errors, ...thrown]),
      ...aboutExpressions(element, known),
    ].map((message) => ({ file, element: called(element), message })),
  );
}

/** `"Validate batch" (Task_ValidateBatch)` */
function called(element: ModdleElement): string {
  const text = typeof element.name === 'string' && element.name !== '' ? `"${element.name}" ` : '';
  return `${text}(${element.id})`;
}

function aboutDrawing(element: ModdleElement, drawn: ReadonlySet<unknown>): string[] {
  if (!visible.test(element.$type) || drawn.has(element)) return [];
  return ['is in the file but not in the drawing; delete it, or draw it again'];
}

const visible = /^bpmn:(.*Task|.*Event|.*Gateway|.*SubProcess|CallActivity|SequenceFlow)$/;

function aboutJob(element: ModdleElement, known: Known, templates: readonly Template[]): string[] {
  const task = extension(element, 'zeebe:TaskDefinition');
  if (!task)
    return element.$type === 'bpmn:ServiceTask' ? ['has no job type; pick a step of "Tributary" from the menu'] : [];
  const job = readJobType(String(task.type ?? ''), known);
  if ('problem' in job) return [job.problem, ...aboutRetries(task.retries)];
  const { template, problem } = aboutTemplate(element, job.name, templates);
  return [
    ...aboutRetries(task.retries),
    ...(problem ? [problem] : []),
    ...(template ? aboutFields(template, headersOf(element)) : []),
  ];
}

function headersOf(element: ModdleElement): Map<string, string> {
  const headers = (extension(element, 'zeebe:TaskHeaders')?.values ?? []) as readonly { key: string; value?: string }[];
  return new Map(headers.map(({ key, value }) => [key, value ?? '']));
}

function aboutRetries(retries: unknown): string[] {
  const text = String(retries ?? '');
  if (text.startsWith('=') || /^[1-9]\d*$/.test(text)) return [];
  return [`has ${text === '' ? 'no' : text} retries; write 5, so that a short failure heals by itself`];
}

function aboutMessage(element: ModdleElement, known: Known): string[] {
  const waits = element.$type === 'bpmn:ReceiveTask' ? element : definition(element, 'bpmn:MessageEventDefinition');
  const throws = /^bpmn:(EndEvent|IntermediateThrowEvent)$/.test(element.$type);
  if (!waits || throws) return [];
  const message = waits.messageRef as ModdleElement | undefined;
  if (!message) return ['waits for no message; choose one in its properties'];
  const problems: string[] = [];
  const name = String(message.name ?? '');
  if (!known.messages.includes(name))
    problems.push(`nobody sends the message "${name}"; ${oneOf(name, known.messages)}`);
  const key = extension(message, 'zeebe:Subscription')?.correlationKey;
  if (!key && element.$type !== 'bpmn:StartEvent') problems.push('has no correlation key; write for example =batchId');
  return problems;
}

function aboutError(element: ModdleElement, codes: readonly string[]): string[] {
  if (!/^bpmn:(BoundaryEvent|StartEvent)$/.test(element.$type)) return [];
  const error = errorOf(element);
  if (!error) return [];
  const code = codeOf(error);
  if (!code) return ['catches an error without a code; give it one in its properties'];
  return codes.includes(code) ? [] : [`no step throws the error "${code}"; ${oneOf(code, codes)}`];
}

const errorOf = (element: ModdleElement) =>
  definition(element, 'bpmn:ErrorEventDefinition')?.errorRef as ModdleElement | undefined;
const codeOf = (error: ModdleElement | undefined) => error?.errorCode as string | undefined;

function aboutExpressions(element: ModdleElement, known: Known): string[] {
  if (!element.$type.startsWith('bpmn:') || !element.id || containers.test(element.$type)) return [];
  const condition = (element.conditionExpression as ModdleElement | undefined)?.body;
  const problems: string[] = [];
  if (typeof condition === 'string' && !condition.startsWith('=')) {
    problems.push(`its condition "${condition}" is read as plain text; write = before it`);
  }
  return [...problems, ...expressionsIn(element).flatMap((text) => aboutSwitches(text, known))];
}

/** What holds other elements that speak for themselves. */
const containers = /^bpmn:(Definitions|Process|SubProcess|Collaboration)$/;

/** FEEL texts of one element: conditions, timers, keys, mappings, loops. */
function expressionsIn(element: ModdleElement): string[] {
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string' && value.startsWith('=')) texts.push(value);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (isElement(value) && (!value.id || value.$type.endsWith('EventDefinition'))) visit(Object.values(value));
  };
  for (const [key, value] of Object.entries(element)) if (key !== '$parent') visit(value);
  return texts;
}

function aboutSwitches(expression: string, { switches }: Known): string[] {
  const names = (group: string) => Object.keys(switches[group] ?? {}).map((field) => `switches.${group}.${field}`);
  const groups = Object.keys(switches);
  return [...expression.matchAll(/\bswitches\.(\w+)(?:\.(\w+))?/g)].flatMap(([text, group = '', field = '']) => {
    if (field in (switches[group] ?? {})) return [];
    const exist = group in switches ? names(group) : groups.map((name) => `switches.${name}`);
    return [`there is no switch "${text}"; ${oneOf(text, exist, groups.flatMap(names))}`];
  });
}
