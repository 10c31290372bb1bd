/// <reference path="./bpmn-io.d.ts" />
/** A .bpmn file as check-models.ts reads it: every element once, and what could not be read. */
import { createRequire } from 'node:module';
import { BpmnModdle, type ModdleElement } from 'bpmn-moddle';

export type ModelText = { readonly file: string; readonly xml: string };

/** `element` is its name and id, absent when the file as a whole is meant. */
export type Problem = { readonly file: string; readonly element?: string; readonly message: string };

export type Model = ModelText & {
  readonly root?: ModdleElement;
  /** Every element of the file, drawing included. */
  readonly elements: readonly ModdleElement[];
  readonly problems: readonly Problem[];
};

const zeebe: unknown = createRequire(import.meta.url)('zeebe-bpmn-moddle/resources/zeebe.json');

export async function readModel({ file, xml }: ModelText): Promise<Model> {
  try {
    const { rootElement, warnings } = await new BpmnModdle({ zeebe }).fromXML(xml);
    const problems = warnings
      .filter(({ message }) => !message.startsWith('duplicate ID'))
      .map(({ message }) => ({ file, message: `cannot be read to the end: ${message}` }));
    return { file, xml, root: rootElement, elements: descendants(rootElement), problems };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { file, xml, elements: [], problems: [{ file, message: `is not a BPMN file: ${why}` }] };
  }
}

/** moddle keeps `$parent` and references as hidden or repeated properties: a set keeps each element once. */
function descendants(root: ModdleElement): ModdleElement[] {
  const found = new Set<ModdleElement>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isElement(value) || found.has(value)) return;
    found.add(value);
    for (const key of Object.keys(value)) if (key !== '$parent') visit(value[key]);
  };
  visit(root);
  return [...found];
}

export function isElement(value: unknown): value is ModdleElement {
  return typeof value === 'object' && value !== null && '$type' in value;
}

export function extension(element: ModdleElement, type: string): ModdleElement | undefined {
  const values = (element.extensionElements as ModdleElement | undefined)?.values as ModdleElement[] | undefined;
  return values?.find((value) => value.$type === type);
}

export function definition(element: ModdleElement, type: string): ModdleElement | undefined {
  return (element.eventDefinitions as ModdleElement[] | undefined)?.find((d) => d.$type === type);
}
