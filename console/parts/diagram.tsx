/** A model as it was deployed, with tokens, incidents and counts on its elements; every element can be picked. */
import { IconButton } from '@carbon/react';
import { FitToScreen, ZoomIn, ZoomOut } from '@carbon/react/icons';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Problem } from '../client/call.ts';
import type { ElementHeat } from '../client/operation-types.ts';
import { useData } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { stepNamesOf } from '../format/step-names.ts';
import { type ModelView, openModelView } from './model-view.ts';
import { Loading, ProblemNote } from './page.tsx';

/** What the modeler called a step; its id until the model is there. */
export function useStepName(modelKey: string | undefined, elementId: string): string {
  const model = useData<string>(modelKey === undefined ? null : `/api/v1/processes/${modelKey}/model`, {
    isText: true,
  });
  return useMemo(() => (model.value && stepNamesOf(model.value).get(elementId)) || elementId, [model.value, elementId]);
}

export type Step = { readonly id: string; readonly name: string };

export function Diagram({
  modelKey,
  elements,
  picked,
  onPick,
  onlyHere,
  changed,
  isTall = false,
  label,
}: {
  readonly modelKey: string;
  readonly elements: readonly ElementHeat[];
  readonly picked?: string;
  readonly onPick?: (elementId: string) => void;
  /** Elements that are not in the other version, and those that say something else there. */
  readonly onlyHere?: readonly string[];
  readonly changed?: readonly string[];
  readonly isTall?: boolean;
  readonly label: string;
}) {
  const model = useData<string>(`/api/v1/processes/${modelKey}/model`, { isText: true });
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<ModelView>();
  const [broken, setBroken] = useState<Problem>();
  const pick = useRef(onPick);
  pick.current = onPick;
  const xml = model.value;

  useEffect(() => {
    if (!xml || !frame.current) return;
    let isGone = false;
    const opened = openModelView(frame.current, xml, (id) => pick.current?.(id));
    opened.then(
      (next) => (isGone ? next.close() : setView(next)),
      (error: Error) => setBroken({ title: 'The model cannot be drawn', status: 0, detail: error.message }),
    );
    return () => {
      isGone = true;
      setView(undefined);
      void opened.then((next) => next.close()).catch(() => undefined);
    };
  }, [xml]);

  useEffect(() => view?.show(elements), [view, elements]);
  useEffect(() => view?.pick(picked), [view, picked]);
  useEffect(() => {
    view?.markDifference({ onlyHere: onlyHere ?? [], changed: changed ?? [] });
  }, [view, onlyHere, changed]);

  if (model.problem && !xml) return <ProblemNote problem={model.problem} retry={model.reload} />;
  if (broken) return <ProblemNote problem={broken} />;
  return (
    <div>
      <figure className="diagram" aria-label={label}>
        <div className="diagram__tools">
          <IconButton kind="ghost" size="sm" label="Zoom in" align="left" onClick={() => view?.zoomBy(1.25)}>
            <ZoomIn />
          </IconButton>
          <IconButton kind="ghost" size="sm" label="Zoom out" align="left" onClick={() => view?.zoomBy(0.8)}>
            <ZoomOut />
          </IconButton>
          <IconButton kind="ghost" size="sm" label="Show the whole model" align="left" onClick={() => view?.fit()}>
            <FitToScreen />
          </IconButton>
        </div>
        <div ref={frame} className={isTall ? 'diagram__canvas diagram__canvas--tall' : 'diagram__canvas'} />
      </figure>
      {!view && <Loading lines={1} />}
      {view && <StepList steps={view.steps} elements={elements} picked={picked} onPick={onPick} />}
    </div>
  );
}

/** The same for the keyboard and for screen readers: the steps where something is or was. */
function StepList({
  steps,
  elements,
  picked,
  onPick,
}: {
  readonly steps: readonly Step[];
  readonly elements: readonly ElementHeat[];
  readonly picked?: string;
  readonly onPick?: (elementId: string) => void;
}) {
  const heatOf = new Map(elements.map((element) => [element.element_id, element]));
  const shown = steps.flatMap((step) => {
    const heat = heatOf.get(step.id);
    const isWorthSaying = heat && (heat.active > 0 || heat.incidents > 0 || step.id === picked);
    return isWorthSaying ? [{ ...step, heat }] : [];
  });
  if (!onPick || shown.length === 0) return null;
  return (
    <ul className="step-list" aria-label="Steps with something in them">
      {shown.map(({ id, name, heat }) => (
        <li key={id}>
          <button type="button" aria-pressed={id === picked} onClick={() => onPick(id)}>
            {name}
            {heat.active > 0 && <span>{count(heat.active)} here</span>}
            {heat.incidents > 0 && (
              <span className="state" data-tone="failed">
                {count(heat.incidents)} stuck
              </span>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
}
