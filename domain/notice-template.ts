/** Templates of notices: text with placeholders, checked before it is kept, and filled without letting values do harm. */

import { type NoticeChannel, type NoticeOutcome, noticeChannels, noticeOutcomes } from './notice.ts';
import { noticeDefaults } from './notice-defaults.ts';
import type { NamedError } from './problem.ts';

export type NoticeTemplate = {
  /** E-mail alone. */
  readonly subject?: string;
  readonly text: string;
};

/** What a template may name, and what stands there in a preview. */
export const placeholders = {
  amount: { means: 'the amount, such as 1250.50', sample: '1250.50' },
  currency: { means: 'its ISO 4217 code', sample: 'USD' },
  sender: { means: 'the name of the tenant', sample: 'Ministry of Health' },
  account: { means: 'the last four characters of the account or number that was paid', sample: '…4321' },
  date: { means: 'the day of the outcome, in UTC, such as 2026-03-31', sample: '2026-03-31' },
  note: { means: 'the note of the row', sample: 'Salary March' },
  reference: { means: 'the end-to-end id, by which the hub and the rail know the payment', sample: 'f3c1a7d2-…' },
  request_id: { means: "the row's request_id", sample: 'req-0042' },
  reason: { means: 'why it failed, in the words of the hub; empty for a payment that did not', sample: '' },
} as const;
export type Placeholder = keyof typeof placeholders;
export type NoticeValues = Readonly<Record<Placeholder, string>>;

/** An SMS of more is several: four of them in letters of GSM 03.38. */
const limits = { subject: 150, email: 5_000, sms: 600 } as const;
/** Longer values are cut short in an SMS. */
const smsValueMaxChars = 60;
const placeholderShape = /\{\{([^{}]*)\}\}/g;

/** All that is wrong with a template, each part named. */
export function checkTemplate(value: Readonly<Record<string, unknown>>, channel: NoticeChannel): NamedError[] {
  const errors: NamedError[] = [];
  const { subject, text } = value;
  if (channel === 'sms' && subject !== undefined) {
    errors.push({ name: 'subject', message: 'an SMS has no subject: leave it out' });
  } else if (channel === 'email') errors.push(...checkPart('subject', subject, limits.subject));
  errors.push(...checkPart('text', text, limits[channel]));
  return errors;
}

function checkPart(name: 'subject' | 'text', value: unknown, max: number): NamedError[] {
  if (typeof value !== 'string' || value.trim() === '') return [{ name, message: `write the ${name} of the notice` }];
  const problem = (message: string): NamedError => ({ name, message });
  const errors: NamedError[] = [];
  if (value.length > max) errors.push(problem(`has ${value.length} characters: write ${max} at most`));
  const allowed = name === 'subject' ? /[\p{Cc}\p{Cs}]/u : /[^\P{Cc}\n\r\t]|\p{Cs}/u;
  if (allowed.test(value)) errors.push(problem('has a character that cannot be printed: remove it'));
  const unknown = [...value.matchAll(placeholderShape)]
    .map((match) => match[1]!.trim())
    .filter((word) => !Object.hasOwn(placeholders, word));
  if (unknown.length > 0) {
    const named = [...new Set(unknown)].slice(0, 20).map((word) => `{{${word.slice(0, 40)}}}`);
    const known = Object.keys(placeholders).map((word) => `{{${word}}}`);
    errors.push(problem(`there is no placeholder ${named.join(', ')}; there are ${known.join(', ')}`));
  }
  if (/\{\{|\}\}/.test(value.replaceAll(placeholderShape, ''))) {
    errors.push(problem('has {{ or }} that belongs to no placeholder: write placeholders such as {{amount}}'));
  }
  return errors;
}

/** The template with its values. What a client's file says cannot add lines to a subject or make an SMS endless. */
export function fillTemplate(template: NoticeTemplate, values: NoticeValues, channel: NoticeChannel): NoticeTemplate {
  const fill = (text: string, tame: (value: string) => string) =>
    text.replaceAll(placeholderShape, (_, word: string) => tame(values[word.trim() as Placeholder] ?? ''));
  const line = (value: string) => value.replaceAll(/\p{C}+/gu, ' ');
  const short = (value: string) =>
    line(value).length > smsValueMaxChars ? `${line(value).slice(0, smsValueMaxChars - 1)}…` : line(value);
  const text = fill(template.text, channel === 'sms' ? short : line);
  return template.subject === undefined ? { text } : { subject: fill(template.subject, line), text };
}

export const sampleValues: NoticeValues = Object.fromEntries(
  Object.entries(placeholders).map(([name, { sample }]) => [name, sample]),
) as NoticeValues;

/** The languages that are tried, the best first: as wished, without its region, the batch's own likewise, then the hub's. */
export function languagesFor(...wished: readonly (string | undefined)[]): string[] {
  const tags = wished.flatMap((tag) => (tag ? [tag, tag.split('-')[0]!] : []));
  return [...new Set([...tags, lastLanguage])];
}

/** There is a text of the hub's own for everything in it. */
export const lastLanguage = 'en';

export type TemplateKind = { readonly channel: NoticeChannel; readonly outcome: NoticeOutcome };

/** Each of the hub's own texts. */
export function defaultTemplates(): readonly (TemplateKind & { readonly language: string } & NoticeTemplate)[] {
  return Object.keys(noticeDefaults).flatMap((language) =>
    noticeChannels.flatMap((channel) =>
      noticeOutcomes.map((outcome) => ({ language, channel, outcome, ...noticeDefaults[language]![channel][outcome] })),
    ),
  );
}
