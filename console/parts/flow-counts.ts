/** How often each sequence flow was taken, worked out from how often its ends were: Zeebe's records count elements only. */

export type Flow = { readonly id: string; readonly source: string; readonly target: string };
export type Passage = { readonly entered: number; readonly left: number };

/** Flows that were taken, for certain; what cannot be told is left out. */
export function takenFlows(flows: readonly Flow[], passages: ReadonlyMap<string, Passage>): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const into = groupBy(flows, ({ target }) => target);
  const outOf = groupBy(flows, ({ source }) => source);
  const entered = (id: string) => passages.get(id)?.entered ?? 0;
  const left = (id: string) => passages.get(id)?.left ?? 0;
  for (const flow of flows) {
    if (into.get(flow.target)!.length === 1) counts.set(flow.id, entered(flow.target));
    else if (outOf.get(flow.source)!.length === 1) counts.set(flow.id, left(flow.source));
  }
  // What the other ends of a gateway do not account for went the one way that is left.
  for (let before = -1; before !== counts.size; ) {
    before = counts.size;
    for (const [id, some] of [...outOf].concat([...into])) {
      const unknown = some.filter((flow) => !counts.has(flow.id));
      if (unknown.length !== 1) continue;
      const isOut = some[0]!.source === id;
      const whole = isOut ? left(id) : entered(id);
      const known = some.reduce((so, flow) => so + (counts.get(flow.id) ?? 0), 0);
      counts.set(unknown[0]!.id, Math.max(0, whole - known));
    }
  }
  return new Set([...counts].filter(([, n]) => n > 0).map(([id]) => id));
}

function groupBy(flows: readonly Flow[], keyOf: (flow: Flow) => string): Map<string, Flow[]> {
  const groups = new Map<string, Flow[]>();
  for (const flow of flows) groups.set(keyOf(flow), [...(groups.get(keyOf(flow)) ?? []), flow]);
  return groups;
}
