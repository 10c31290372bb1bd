/** The names of a model's elements, as the modeler wrote them. */

/** By element id; elements without a name are absent. */
export function stepNamesOf(xml: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [, attributes] of xml.matchAll(/<bpmn:\w+\s([^>]*?)\/?>/g)) {
    const id = /\bid="([^"]*)"/.exec(attributes!)?.[1];
    const name = /\bname="([^"]*)"/.exec(attributes!)?.[1];
    if (id && name) names.set(id, unescaped(name));
  }
  return names;
}

function unescaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    amp: '&',
    '#10': ' ',
    '#xA': ' ',
  };
  return text.replace(/&(lt|gt|quot|apos|amp|#10|#xA);/g, (_, name: string) => entities[name]!).trim();
}
