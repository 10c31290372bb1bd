import { expect, test } from 'vitest';
import { noticeChannels, noticeOutcomes } from './notice.ts';
import { checkTemplate, defaultTemplates, fillTemplate, languagesFor, sampleValues } from './notice-template.ts';

const said = (value: Record<string, unknown>, channel: 'email' | 'sms' = 'sms') =>
  checkTemplate(value, channel).map(({ name, message }) => `${name}: ${message}`);

test('each of the hub’s own texts passes the check of a tenant’s, in each language for each kind', () => {
  const texts = defaultTemplates();
  expect(texts.length % (noticeChannels.length * noticeOutcomes.length)).toBe(0);
  for (const one of texts) {
    const { channel, outcome, language, ...template } = one;
    expect(checkTemplate(template, channel), `${language} ${channel} ${outcome}`).toEqual([]);
    expect(fillTemplate(template, sampleValues, channel).text).toContain('1250.50 USD');
  }
});

test('what is wrong with a template is said with the names of what there is', () => {
  expect(said({ text: 'Hi {{nmae}}, {{ amount }}' })).toEqual([
    expect.stringMatching(/^text: there is no placeholder \{\{nmae\}\}; there are \{\{amount\}\}, \{\{currency\}\}/),
  ]);
  expect(said({ text: '{{amount}' })).toEqual([expect.stringContaining('belongs to no placeholder')]);
  expect(said({ text: '' })).toEqual(['text: write the text of the notice']);
  expect(said({ subject: 'x', text: 'y' })).toEqual(['subject: an SMS has no subject: leave it out']);
  expect(said({ text: 'y' }, 'email')).toEqual(['subject: write the subject of the notice']);
  expect(said({ subject: 'a\r\nBcc: b', text: 'y' }, 'email')).toEqual([expect.stringContaining('cannot be printed')]);
  expect(said({ text: 'x'.repeat(601) })).toEqual([expect.stringContaining('write 600 at most')]);
  expect(said({ subject: 's', text: 'x'.repeat(601) }, 'email')).toEqual([]);
  expect(said({ text: '{{__proto__}} {{constructor}}' })).toEqual([expect.stringContaining('{{constructor}}')]);
});

test('a value of the file adds no line to a subject, names no placeholder, and makes no SMS endless', () => {
  const template = { subject: 'Note {{note}}', text: '{{note}} {{amount}}' };
  const values = { ...sampleValues, note: 'a\r\nBcc: x@example.org {{account}} $& $1' };
  const filled = fillTemplate(template, values, 'email');
  expect(filled.subject).toBe('Note a Bcc: x@example.org {{account}} $& $1');
  const long = fillTemplate({ text: '{{note}}' }, { ...sampleValues, note: 'x'.repeat(900) }, 'sms');
  expect(long.text).toHaveLength(60);
});

test('languages are tried from the wish to the hub’s own', () => {
  expect(languagesFor('pt-br', 'fr')).toEqual(['pt-br', 'pt', 'fr', 'en']);
  expect(languagesFor(undefined, 'en')).toEqual(['en']);
});
