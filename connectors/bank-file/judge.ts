/** What all that a bank has said comes to for one payment: what is proven, and otherwise that it is to be asked again. */
import type { Answer } from '../rail.ts';
import type { Report, Word } from './reports.ts';

export type Verdict = {
  readonly answer: Answer;
  /** Of the latest file that the bank has spoken about, from 1; 0 where an account's entries alone say it. */
  readonly generation: number;
};

/** `generationOf`: which file of the message a MsgId names. Undefined where nobody has said anything about the payment. */
export function verdictOf(
  id: string,
  reports: readonly Report[],
  generationOf: (messageId: string) => number,
): Verdict | undefined {
  const words = reports.flatMap((report) => wordsAbout(id, report));
  if (words.length === 0) return undefined;
  const generation = Math.max(...words.map(({ messageId }) => (messageId ? generationOf(messageId) : 0)));
  const entries = words.filter(({ messageId }) => messageId === undefined);
  const latest = words.filter(({ messageId }) => messageId !== undefined && generationOf(messageId) === generation);
  return { answer: strongest(words, entries, latest), generation };
}

/** An account's own entries first, as there money has moved; then what is paid, then doubt; a refusal only of the latest file. */
function strongest(words: readonly Word[], entries: readonly Word[], latest: readonly Word[]): Answer {
  const of = (among: readonly Word[], kind: Answer['kind']) => among.find(({ answer }) => answer.kind === kind)?.answer;
  const returned = entries.find(({ isReturn }) => isReturn)?.answer;
  const paid = of(entries, 'completed');
  const refused = of(latest, 'rejected') ?? of(latest, 'payerBlocked');
  if (returned) return returned;
  if (paid) return paid;
  if (of(latest, 'completed') && refused) return { kind: 'unknown', text: 'the bank reports it both paid and refused' };
  return (of(words, 'completed') ??
    of(words, 'unknown') ??
    of(entries, 'accepted') ??
    refused ??
    of(latest, 'accepted')) as Answer;
}

/** Of one file: its words about the payment itself, else about its instruction, else about its whole message. */
function wordsAbout(id: string, report: Report): readonly Word[] {
  if (report.kind === 'other') return [];
  const own = report.words.get(id);
  if (own) return own;
  const instruction = report.whole.filter(({ rank }) => rank === 'instruction');
  return instruction.length > 0 ? instruction : report.whole;
}
