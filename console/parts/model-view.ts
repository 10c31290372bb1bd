/** The only file that knows bpmn-js: draws a model and puts on its elements what is told. */
import type { ElementHeat } from '../client/operation-types.ts';
import { count } from '../format/amount.ts';
import { type Flow, takenFlows } from './flow-counts.ts';

export type ModelView = {
  /** Named elements that are not flows, in the order of the model. */
  readonly steps: readonly { readonly id: string; readonly name: string }[];
  show(elements: readonly ElementHeat[]): void;
  pick(elementId: string | undefined): void;
  /** Compared with another version. */
  markDifference(difference: { readonly onlyHere: readonly string[]; readonly changed: readonly string[] }): void;
  zoomBy(factor: number): void;
  fit(): void;
  close(): void;
};

type Shape = {
  readonly id: string;
  readonly type: string;
  readonly source?: Shape;
  readonly target?: Shape;
  readonly labelTarget?: Shape;
  readonly businessObject?: { readonly name?: string };
};
type Canvas = {
  zoom(level?: number | 'fit-viewport', center?: 'auto'): number;
  addMarker(id: string, marker: string): void;
  removeMarker(id: string, marker: string): void;
};
type Overlays = {
  add(
    id: string,
    kind: string,
    overlay: { readonly position: Readonly<Record<string, number>>; readonly html: HTMLElement },
  ): void;
  remove(filter: { readonly type: string }): void;
};
type Registry = { getAll(): readonly Shape[]; get(id: string): Shape | undefined };
type EventBus = { on(name: string, listener: (event: { readonly element: Shape }) => void): void };

export async function openModelView(
  container: HTMLElement,
  xml: string,
  onPick: (elementId: string) => void,
): Promise<ModelView> {
  const { default: NavigatedViewer } = await import('bpmn-js/lib/NavigatedViewer');
  await import('bpmn-js/dist/assets/diagram-js.css');
  await import('bpmn-js/dist/assets/bpmn-js.css');
  const viewer = new NavigatedViewer({ container });
  await viewer.importXML(xml);
  const canvas = viewer.get<Canvas>('canvas');
  const overlays = viewer.get<Overlays>('overlays');
  const registry = viewer.get<Registry>('elementRegistry');
  const shapes = registry.getAll();
  const flows: Flow[] = shapes.flatMap(({ id, source, target, type }) =>
    type === 'bpmn:SequenceFlow' && source && target ? [{ id, source: source.id, target: target.id }] : [],
  );
  viewer.get<EventBus>('eventBus').on('element.click', ({ element }) => {
    const picked = element.labelTarget ?? element;
    if (!/Process|Collaboration|Participant|SequenceFlow/.test(picked.type)) onPick(picked.id);
  });
  canvas.zoom('fit-viewport', 'auto');

  let marked: readonly (readonly [string, string])[] = [];
  let shown = '';
  const badge = (elementId: string, kind: string, text: string, title: string, position: Record<string, number>) => {
    const html = document.createElement('span');
    html.className = 'token';
    html.dataset.kind = kind;
    html.textContent = text;
    html.title = title;
    overlays.add(elementId, 'heat', { position, html });
  };
  const put = ({ element_id: id, active, completed, incidents }: ElementHeat) => {
    const type = registry.get(id)?.type ?? '';
    const isStep = /Task|SubProcess|CallActivity|Event/.test(type);
    if (active - incidents > 0)
      badge(id, 'active', `● ${count(active)}`, `${count(active)} here now`, { bottom: 10, left: -8 });
    if (incidents > 0)
      badge(id, 'incident', `⚠ ${count(incidents)}`, `${count(incidents)} stuck`, { top: -10, left: -8 });
    if (completed > 0 && isStep)
      badge(id, 'done', count(completed), `${count(completed)} passed`, { bottom: 10, right: 8 });
  };

  return {
    steps: shapes.flatMap(({ id, type, businessObject, labelTarget }) =>
      labelTarget || !businessObject?.name || /SequenceFlow|Process$|Participant/.test(type)
        ? []
        : [{ id, name: businessObject.name }],
    ),
    show(elements) {
      // An answer that says the same must not make the page flicker.
      const text = JSON.stringify(elements);
      if (text === shown) return;
      shown = text;
      overlays.remove({ type: 'heat' });
      for (const [id, marker] of marked) canvas.removeMarker(id, marker);
      const here = elements.filter(({ element_id }) => registry.get(element_id));
      const passages = new Map(
        here.map(({ element_id, active, completed, terminated }) => [
          element_id,
          { entered: active + completed + terminated, left: completed },
        ]),
      );
      marked = [
        ...here.filter(({ completed }) => completed > 0).map(({ element_id }) => [element_id, 'is-done'] as const),
        ...here.filter(({ active }) => active > 0).map(({ element_id }) => [element_id, 'is-active'] as const),
        ...here.filter(({ incidents }) => incidents > 0).map(({ element_id }) => [element_id, 'has-incident'] as const),
        ...[...takenFlows(flows, passages)].map((id) => [id, 'is-done'] as const),
      ];
      for (const [id, marker] of marked) canvas.addMarker(id, marker);
      for (const element of here) put(element);
    },
    pick(elementId) {
      for (const { id } of shapes) if (registry.get(id)) canvas.removeMarker(id, 'is-picked');
      if (elementId && registry.get(elementId)) canvas.addMarker(elementId, 'is-picked');
    },
    markDifference({ onlyHere, changed }) {
      for (const id of onlyHere) if (registry.get(id)) canvas.addMarker(id, 'is-only-here');
      for (const id of changed) if (registry.get(id)) canvas.addMarker(id, 'is-changed');
    },
    zoomBy(factor) {
      canvas.zoom(Math.min(4, Math.max(0.2, canvas.zoom() * factor)), 'auto');
    },
    fit() {
      canvas.zoom('fit-viewport', 'auto');
    },
    close: () => viewer.destroy(),
  };
}
