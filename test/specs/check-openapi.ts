/** Checks requests and answers against an OpenAPI 3.0 file: what a rail says and hears is held against the published specification. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import type { RailHttp } from '../../platform/http.ts';

type Json = Readonly<Record<string, unknown>>;

export type SpecCheck = {
  /** What is wrong with a body, or nothing; the path is that of a request, filled in. */
  request(method: string, path: string, body: unknown): string | undefined;
  answer(method: string, path: string, status: number, body: unknown): string | undefined;
  /** A body against a schema of the file by its name. */
  schema(name: string, body: unknown): string | undefined;
};

/** Reads a file beside this one. Paths or statuses that it does not have are wrong, too. */
export function openSpec(file: string): SpecCheck {
  const spec = readable(parse(readFileSync(join(import.meta.dirname, file), 'utf8'))) as Json;
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'spec', ...spec });
  const validators = new Map<string, ValidateFunction>();

  function check(pointer: string, body: unknown): string | undefined {
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `spec#${pointer}` });
    validators.set(pointer, validate);
    return validate(body) ? undefined : ajv.errorsText(validate.errors);
  }

  function pathOf(path: string): string | undefined {
    const asked = path.split('?')[0]!.split('/');
    const templates = Object.keys(spec.paths as Json).filter((template) => {
      const parts = template.split('/');
      return parts.length === asked.length && parts.every((part, i) => part.startsWith('{') || part === asked[i]);
    });
    return templates.sort((a, b) => a.split('{').length - b.split('{').length)[0];
  }

  /** Follows references until the schema of `application/json`. */
  function contentOf(pointer: string): string | undefined {
    const node = nodeAt(spec, pointer);
    if (typeof node?.$ref === 'string') return contentOf(node.$ref.slice(1));
    const schema = `${pointer}/content/application~1json/schema`;
    return nodeAt(spec, schema) ? schema : undefined;
  }

  function operationOf(method: string, path: string): string | undefined {
    const template = pathOf(path);
    if (template === undefined) return undefined;
    const pointer = `/paths/${template.replaceAll('~', '~0').replaceAll('/', '~1')}/${method.toLowerCase()}`;
    return nodeAt(spec, pointer) ? pointer : undefined;
  }

  return {
    request(method, path, body) {
      const operation = operationOf(method, path);
      if (!operation) return `${method} ${path} is not in the specification`;
      const schema = contentOf(`${operation}/requestBody`);
      if (!schema) return body === undefined ? undefined : 'a body where none is specified';
      return check(schema, body);
    },
    answer(method, path, status, body) {
      const operation = operationOf(method, path);
      if (!operation) return `${method} ${path} is not in the specification`;
      if (!nodeAt(spec, `${operation}/responses/${status}`)) return `no answer ${status} is specified`;
      const schema = contentOf(`${operation}/responses/${status}`);
      return schema ? check(schema, body) : undefined;
    },
    schema: (name, body) => check(`/components/schemas/${name}`, body),
  };
}

export type Heard = { readonly method: string; readonly path: string; readonly problem: string };

/** The same client, noting whatever passes it that the specification does not allow. */
export function checkedHttp(http: RailHttp, spec: SpecCheck): RailHttp & { readonly heard: readonly Heard[] } {
  const heard: Heard[] = [];
  return {
    ...http,
    heard,
    async request(asked) {
      const { method, path } = asked;
      const note = (problem: string | undefined) => problem && heard.push({ method, path, problem });
      note(spec.request(method, path, asked.body === undefined ? undefined : JSON.parse(asked.body)));
      const response = await http.request(asked);
      if (response.kind === 'answered') {
        note(spec.answer(method, path, response.status, parsed(response.text)));
      }
      return response;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nodeAt(spec: Json, pointer: string): Json | undefined {
  let node: unknown = spec;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    node = typeof node === 'object' && node !== null ? (node as Json)[name] : undefined;
  }
  return node as Json | undefined;
}

/** OpenAPI 3.0 in words that ajv reads: references absolute, boolean exclusive bounds as numbers, Java's \p classes as JavaScript's. */
function readable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(readable);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([name, value]): [string, unknown] => {
    if (name === '$ref' && typeof value === 'string') return [name, value];
    if (name === 'pattern' && typeof value === 'string') return [name, patternOf(value)];
    return [name, readable(value)];
  });
  const { exclusiveMinimum, ...plain } = Object.fromEntries(entries);
  if (exclusiveMinimum !== true) return Object.fromEntries(entries);
  const { minimum, ...rest } = plain;
  return { ...rest, exclusiveMinimum: minimum };
}

function patternOf(pattern: string): string {
  return pattern
    .replace('\\p{gc=Mark}', '\\p{M}')
    .replace('\\p{digit}', '\\p{Nd}')
    .replace('\\p{gc=Connector_Punctuation}', '\\p{Pc}')
    .replace('\\p{Join_Control}', '\\u200c\\u200d')
    .replace('[A-Za-z0-9-_]', '[A-Za-z0-9_-]')
    .replace("[\\w .,'-]", "[\\w .,'\\-]");
}
