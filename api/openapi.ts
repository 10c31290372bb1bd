/** openapi.yaml as a judge: says where an answer is not what the page promises. For tests. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

/** Pages beside the main one: what only operators use, what clients of Payment Hub EE send, programmes, notices. Named by `$ref` in it. */
const parts = [
  'openapi-operations.yaml',
  'openapi-ph-ee.yaml',
  'openapi-programmes.yaml',
  'openapi-notices.yaml',
] as const;

type Operation = { readonly responses: Readonly<Record<string, Response>>; readonly requestBody?: unknown };
type Response = { readonly $ref?: string; readonly content?: Readonly<Record<string, unknown>> };
type Page = {
  readonly paths: Readonly<Record<string, { readonly $ref?: string } & Readonly<Record<string, Operation>>>>;
};

export type Answer = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly text: string;
};

export const openapiPage = wholePage();

const ajv = new Ajv2020({ strict: false, allErrors: true });
(formats as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema(openapiPage, 'openapi');

/** One page of all files: a path that another file holds comes into its place, and with it what that file refers to. */
function wholePage(): Page {
  const main = read('openapi.yaml');
  for (const name of parts) {
    const part = read(name);
    const paths = part.paths as Record<string, unknown>;
    for (const [path, item] of Object.entries(paths)) {
      const place = `${name}#/paths/${escaped(path)}`;
      const { $ref } = (main.paths[path] ?? {}) as { $ref?: string };
      if ($ref !== place) throw new Error(`openapi.yaml does not hold ${path}: { $ref: '${place}' }`);
      (main.paths as Record<string, unknown>)[path] = item;
    }
    for (const [kind, own] of Object.entries(part.components)) {
      const there = main.components[kind] ?? {};
      const twice = Object.keys(own).filter((key) => key in there);
      if (twice.length > 0) throw new Error(`${name} has ${kind} that are there already: ${twice.join(', ')}`);
      main.components[kind] = { ...there, ...own };
    }
  }
  return main;

  function read(name: string): Page & { components: Record<string, Record<string, unknown>> } {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8');
    return parse(
      text.replaceAll('openapi.yaml#/', '#/').replaceAll(/openapi-[a-z-]+\.yaml#\/components/g, '#/components'),
    );
  }
}

/** Every method and path of the page, `GET /template`. */
export function operationsOf(page: Page): string[] {
  return Object.entries(page.paths).flatMap(([path, item]) => {
    const own = item.$ref ? (resolve(item.$ref) as typeof item) : item;
    return ['get', 'post', 'put', 'delete']
      .filter((method) => method in own)
      .map((method) => `${method.toUpperCase()} ${path}`);
  });
}

/** What is wrong with the answer; nothing where it is as promised. */
export function wrongWith({ method, path, status, type, text }: Answer): string[] {
  const templates = Object.keys(openapiPage.paths);
  const template = templates.find((name) => name === path) ?? templates.find((name) => matches(name, path));
  if (!template) return status === 404 ? [] : [`${path} is not on the page`];
  const item = openapiPage.paths[template];
  const pointer = item?.$ref ?? `#/paths/${escaped(template)}`;
  const operation = (resolve(pointer) as Record<string, Operation>)[method.toLowerCase()];
  if (!operation) return status === 405 ? [] : [`${method} ${template} is not on the page`];
  const key = operation.responses[status] ? String(status) : 'default';
  const response = operation.responses[key];
  if (!response) return [`${method} ${template} promises no ${status}`];
  const at = response.$ref ?? `${pointer}/${method.toLowerCase()}/responses/${key}`;
  const media = type.split(';')[0] ?? '';
  const content = (resolve(at) as Response).content ?? {};
  if (media === '' && text === '' && Object.keys(content).length === 0) return [];
  if (!(media in content)) return [`${method} ${template} ${status} promises ${Object.keys(content)}, it is ${media}`];
  if (!media.endsWith('json')) return [];
  const validate = ajv.compile({ $ref: `openapi${encoded(at)}/content/${escaped(media)}/schema` });
  if (validate(JSON.parse(text))) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
  );
}

function matches(template: string, path: string): boolean {
  const shape = template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${shape}$`).test(path);
}

function resolve(pointer: string): unknown {
  const steps = decodeURIComponent(pointer).slice(2).split('/');
  return steps.reduce<unknown>(
    (at, step) => (at as Record<string, unknown>)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
    openapiPage,
  );
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function encoded(pointer: string): string {
  return `#${encodeURI(decodeURIComponent(pointer.slice(1)))}`;
}
