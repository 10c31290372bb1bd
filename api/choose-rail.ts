/** Which rail carries a single payment: the one that it names, else the tenant's own, else the only one that could. */
import { isOpenTo } from '../domain/row-check.ts';
import type { ApiRail, ApiRails } from './deps.ts';

type Parties = Parameters<NonNullable<ApiRail['checkRow']>>[0];

/** The header that names a payment mode, as Payment Hub EE's collections have it. */
export const modeHeader = 'X-Payment-Scheme';

type Asked = {
  readonly tenantId: string;
  readonly currency: string;
  readonly asked?: string;
  /** The tenant's default. */
  readonly tenantMode?: string;
};

export type RailChoice =
  | { readonly kind: 'rail'; readonly rail: ApiRail }
  /** Says which modes there are. */
  | { readonly kind: 'none'; readonly message: string };

export function chooseRail(
  rails: ApiRails,
  parties: Parties,
  { tenantId, currency, asked, tenantMode }: Asked,
): RailChoice {
  const mode = asked ?? tenantMode;
  if (mode !== undefined) {
    const problem = paymentModeProblem(rails, mode, tenantId);
    if (problem) return none(asked === undefined ? `the tenant's default ${problem}` : problem);
    return { kind: 'rail', rail: rails.byMode(mode)! };
  }
  const able = rails.all.filter(
    (rail) =>
      rail.type === 'PAYMENT' &&
      isOpenTo(rail, tenantId) &&
      (rail.currencies?.includes(currency) ?? true) &&
      !rail.checkRow?.(parties),
  );
  const [only, ...others] = able;
  if (only && others.length === 0) return { kind: 'rail', rail: only };
  const why = only ? 'several rails could carry it' : 'no rail carries payments between such identifiers';
  return none(
    `${why}: name one of ${modesOf(rails, tenantId).join(', ')}, or set a default at /api/v1/tenants/{id}/transfers`,
  );
}

/** Why no single payment goes by this mode; undefined where one does. */
export function paymentModeProblem(rails: ApiRails, mode: string, tenantId: string): string | undefined {
  const rail = rails.byMode(mode);
  const cure = `write one of ${modesOf(rails, tenantId).join(', ')}`;
  if (!rail) return `names no rail: ${cure}`;
  if (!isOpenTo(rail, tenantId)) return `names a rail that is not open to you: ${cure}`;
  if (rail.type === 'BULK') return `names a rail that takes files only: ${cure}, or POST /batchtransactions`;
  return undefined;
}

function modesOf(rails: ApiRails, tenantId: string): string[] {
  return rails.all.flatMap((rail) => (rail.type === 'PAYMENT' && isOpenTo(rail, tenantId) ? rail.paymentModes : []));
}

function none(message: string): RailChoice {
  return { kind: 'none', message };
}
