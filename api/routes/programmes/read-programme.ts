/** A programme as a request sets it; all that is wrong with it is said at once. */
import type { Request } from 'express';
import { invalidRequest, type NamedError } from '../../../domain/problem.ts';
import { type BudgetPeriod, budgetPeriods, isDay, type ProgrammeLimit } from '../../../domain/programme.ts';
import { identifierProblem, identifierTypeOf, identifierTypes } from '../../../domain/row-check.ts';
import { parseExact } from '../../../platform/exact-json.ts';
import type { ProgrammeDoc } from '../../../store/programme-documents.ts';
import type { ProgrammeSettings } from '../../../store/programmes.ts';
import { currencyField, positiveMinor } from '../../money-field.ts';
import { isProgrammeId, programmeIdCure } from '../../programme-header.ts';
import { isLabel, readObject, shortened } from '../../request.ts';

const fields = ['institution_id', 'name', 'payer', 'currencies', 'effective_from', 'effective_until'];
const currenciesMax = 50;

export async function readProgramme(req: Request, id: string): Promise<ProgrammeSettings> {
  const body = await readObject(req, fields, undefined, parseExact);
  const errors: NamedError[] = [];
  const fail = (name: string, message: string) => void errors.push({ name, message });
  if (!isProgrammeId(id)) fail('id', programmeIdCure);
  const label = (name: 'institution_id' | 'name', what: string): string => {
    const value = body[name];
    if (typeof value === 'string' && isLabel(value, 128)) return value;
    fail(name, `write ${what}, in 1 to 128 printable characters`);
    return '';
  };
  const institutionId = label('institution_id', 'who registered it, as X-Registering-Institution-ID says');
  const name = label('name', 'what people call it');
  const payer = payerOf(body.payer, errors);
  const limits = limitsOf(body.currencies, errors);
  const effectiveFrom = dayOf(body.effective_from, 'effective_from', errors);
  const until = body.effective_until ?? undefined;
  const effectiveUntil = until === undefined ? undefined : dayOf(until, 'effective_until', errors);
  if (effectiveUntil !== undefined && effectiveUntil < effectiveFrom) {
    fail('effective_until', 'write the day of effective_from or a later one');
  }
  if (errors.length > 0) throw invalidRequest(errors);
  return { institutionId, name, payer, limits, effectiveFrom, ...(effectiveUntil !== undefined && { effectiveUntil }) };
}

function payerOf(value: unknown, errors: NamedError[]): ProgrammeDoc['payer'] {
  const { type, id, ...others } = objectOf(value);
  const unknown = Object.keys(others);
  if (typeof type !== 'string' || typeof id !== 'string' || unknown.length > 0) {
    errors.push({ name: 'payer', message: 'write { "type": "accountNumber", "id": "…" }: the account that pays' });
    return { type: '', id: '' };
  }
  const known = identifierTypeOf(type);
  if (!known) errors.push({ name: 'payer.type', message: `write one of ${identifierTypes.join(', ')}` });
  const wrong = identifierProblem(known ?? type, id);
  if (wrong !== undefined) errors.push({ name: 'payer.id', message: wrong });
  return { type: known ?? type, id };
}

function limitsOf(value: unknown, errors: NamedError[]): ProgrammeLimit[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > currenciesMax) {
    errors.push({ name: 'currencies', message: `write a list of 1 to ${currenciesMax} objects with a currency each` });
    return [];
  }
  const limits = value.flatMap((each, at) => limitOf(each, `currencies[${at}]`, errors) ?? []);
  limits.forEach(({ currency }, at) => {
    if (limits.findIndex((other) => other.currency === currency) === at) return;
    errors.push({ name: 'currencies', message: `has ${currency} twice: say all of a currency in one object` });
  });
  return limits;
}

function limitOf(value: unknown, name: string, errors: NamedError[]): ProgrammeLimit | undefined {
  const { currency: code, payment_max, batch_max, budget, ...others } = objectOf(value);
  for (const other of Object.keys(others)) {
    const message = 'is not known here; known are currency, payment_max, batch_max, budget';
    errors.push({ name: `${name}.${shortened(other)}`, message });
  }
  const currency = currencyField(code, `${name}.currency`, errors);
  if (currency === undefined) return undefined;
  const amount = (text: unknown, field: string) =>
    text === undefined || text === null ? undefined : positiveMinor(text, currency, `${name}.${field}`, errors);
  const paymentMax = amount(payment_max, 'payment_max');
  const batchMax = amount(batch_max, 'batch_max');
  if (paymentMax !== undefined && batchMax !== undefined && batchMax < paymentMax) {
    errors.push({
      name: `${name}.batch_max`,
      message: 'write at least payment_max, or no payment could be that large',
    });
  }
  const own =
    budget === undefined || budget === null ? undefined : budgetOf(budget, currency, `${name}.budget`, errors);
  return {
    currency,
    ...(paymentMax !== undefined && { paymentMax }),
    ...(batchMax !== undefined && { batchMax }),
    ...(own && { budget: own }),
  };
}

function budgetOf(
  value: unknown,
  currency: string,
  name: string,
  errors: NamedError[],
): ProgrammeLimit['budget'] | undefined {
  const { period, amount, ...others } = objectOf(value);
  for (const other of Object.keys(others)) {
    errors.push({ name: `${name}.${shortened(other)}`, message: 'is not known here; known are period, amount' });
  }
  const isPeriod = budgetPeriods.includes(period as BudgetPeriod);
  if (!isPeriod) errors.push({ name: `${name}.period`, message: `write one of ${budgetPeriods.join(', ')}` });
  const minor = positiveMinor(amount, currency, `${name}.amount`, errors);
  return minor === undefined || !isPeriod ? undefined : { period: period as BudgetPeriod, minor };
}

function dayOf(value: unknown, name: string, errors: NamedError[]): string {
  if (typeof value === 'string' && isDay(value)) return value;
  errors.push({ name, message: 'write a day, such as 2026-03-31' });
  return '';
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
