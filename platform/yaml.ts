/** YAML files that people write, JSON among them. The only place that imports yaml. */
import { parse } from 'yaml';

/** What the text says; throws SyntaxError with line and column where it is no YAML. */
export function parseYaml(text: string): unknown {
  try {
    return parse(text, { uniqueKeys: true, strict: true, maxAliasCount: 0 });
  } catch (error) {
    throw new SyntaxError((error as Error).message.split('\n')[0]!.replace(/:$/, ''), { cause: error });
  }
}
