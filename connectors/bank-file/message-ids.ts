/** MsgIds of a message of the hub: derived, so that the same message is the same file, however often it is sent. */
import { uuidOf } from '../../domain/ids.ts';
import { isoIdOf } from './mapping.ts';

/** Files of one message, each sent when the bank has refused all of the one before for lack of funds. */
const generationsMax = 99;

/** Of 32 to 35 characters, in the order in which they are used: the first has no suffix, then R2, R3, … */
export function messageIdsOf(messageId: string): readonly string[] {
  const base = isoIdOf(uuidOf(`bank-file/${messageId}`));
  return Array.from({ length: generationsMax }, (_, i) => (i === 0 ? base : `${base}R${i + 1}`));
}

/** From 1. */
export function generationOf(id: string): number {
  return Number(/R(\d+)$/.exec(id)?.[1] ?? 1);
}

export function fileNameOf(id: string): string {
  return `pain001-${id}.xml`;
}
