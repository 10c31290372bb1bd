/** Records of a CSV text as they stand there: a line end inside of quotes is part of its record, an empty line is none. */

export function linesOf(text: string): string[] {
  const records: string[] = [];
  let begin = text.startsWith('\uFEFF') ? 1 : 0;
  let isQuoted = false;
  const take = (end: number) => {
    const record = text.slice(begin, end).replace(/\r$/, '');
    if (record.trim() !== '') records.push(record);
    begin = end + 1;
  };
  for (let at = begin; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 34) isQuoted = !isQuoted;
    else if (char === 10 && !isQuoted) take(at);
  }
  if (begin < text.length) take(text.length);
  return records;
}
