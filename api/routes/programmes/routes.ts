/** Every path of programmes and who answers it. */
import { createBudgets } from '../../../store/budgets/budgets.ts';
import { changeBudgets } from '../../../store/budgets/change-budgets.ts';
import { createProgrammes, type WithChange } from '../../../store/programmes.ts';
import { may } from '../../access.ts';
import type { Methods } from '../../app.ts';
import type { ApiDeps } from '../../deps.ts';
import { getBudgets, listEntries, postAdjustment } from './budgets.ts';
import { getProgramme, listProgrammes, postClose, putProgramme } from './programmes.ts';

export function programmeRoutes(deps: ApiDeps): readonly (readonly [string, Methods])[] {
  const programmes = createProgrammes(deps.mongo, deps.c, deps.now);
  const budgets = createBudgets(deps.mongo, deps.c, deps.now);
  const withChange: WithChange = (before, after, session) => changeBudgets(deps.c, before, after, session, deps.now());
  return [
    ['/api/v1/programmes', { get: may('programmes.read', listProgrammes(programmes)) }],
    [
      '/api/v1/programmes/:id',
      {
        get: may('programmes.read', getProgramme(programmes)),
        put: may('programmes.write', putProgramme(deps, programmes, withChange)),
      },
    ],
    ['/api/v1/programmes/:id/close', { post: may('programmes.write', postClose(deps, programmes)) }],
    ['/api/v1/programmes/:id/budgets', { get: may('programmes.read', getBudgets(deps, programmes)) }],
    ['/api/v1/programmes/:id/entries', { get: may('programmes.read', listEntries(deps, programmes)) }],
    ['/api/v1/programmes/:id/adjustments', { post: may('budgets.adjust', postAdjustment(deps, programmes, budgets)) }],
  ];
}
