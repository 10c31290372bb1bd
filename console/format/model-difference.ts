/** What differs between two versions of a model: elements of one alone, and elements of both that do not say the same. */

export type Difference = {
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly changed: readonly string[];
};

export function differenceOf(firstXml: string, secondXml: string): Difference {
  const first = elementsOf(firstXml);
  const second = elementsOf(secondXml);
  return {
    first: [...first.keys()].filter((id) => !second.has(id)),
    second: [...second.keys()].filter((id) => !first.has(id)),
    changed: [...first].filter(([id, text]) => second.has(id) && second.get(id) !== text).map(([id]) => id),
  };
}

/** Flow nodes with their text, without where they are drawn and what leads to them: that is told by the flows. */
function elementsOf(xml: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const semantic = xml.replace(/<bpmndi:BPMNDiagram[\s\S]*$/, '');
  const nodes =
    /<bpmn:(\w*(?:Task|Event|Gateway|callActivity|CallActivity))\b[^>]*?\bid="([^"]+)"[^>]*?(?:\/>|>[\s\S]*?<\/bpmn:\1>)/g;
  for (const [text, , id] of semantic.matchAll(nodes)) {
    const said = text.replace(/<bpmn:(incoming|outgoing)>[^<]*<\/bpmn:\1>/g, '').replace(/\s+/g, ' ');
    found.set(id!, said);
  }
  return found;
}
