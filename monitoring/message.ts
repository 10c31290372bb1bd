/** Words of failed jobs and incidents, fit to be kept: what may be an account is masked, and what is alike reads alike. */
import { uuidOf } from '../domain/ids.ts';
import { masked } from '../platform/log.ts';

const longestMessage = 500;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** Seven digits or more, not inside a UUID or another hexadecimal word. */
const longNumber = /(?<![\w-])\+?\d{7,}(?![\w-])/g;

export function withoutNumbers(message: string): string {
  return message.slice(0, longestMessage).replace(longNumber, masked);
}

/** The same id for failures of one place that differ in ids and numbers only. */
export function causeOf(place: { processId: string; elementId: string; errorType: string }, message: string): string {
  const alike = message.slice(0, longestMessage).replace(uuid, '#').replace(/\d+/g, '#');
  return uuidOf(`${place.processId}/${place.elementId}/${place.errorType}/${alike}`);
}
