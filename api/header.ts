/** A header's text, and what is fit to be a label. */
import type { IncomingMessage } from 'node:http';

/** A header's text, or undefined where it is absent or blank. Bytes that are UTF-8 are read as UTF-8. */
export function headerText(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  const latin = (Array.isArray(value) ? value.join(', ') : (value ?? '')).trim();
  if (latin === '') return undefined;
  const utf8 = Buffer.from(latin, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? latin : utf8;
}

/** Printable text of 1 to `max` characters: fit to be a label. */
export function isLabel(text: string, max: number): boolean {
  return text !== '' && text.length <= max && !/\p{C}/u.test(text);
}
