/** A payer or payee as operators see it: the last four characters, or all of it for whoever may see that. */
import { masked } from '../../platform/log.ts';
import type { PartyDoc } from '../../store/documents.ts';

export function shownParty({ type, id, dfsp }: PartyDoc, isFull: boolean) {
  return { type, id: isFull ? id : masked(id), dfsp: dfsp ?? null, masked: !isFull };
}
