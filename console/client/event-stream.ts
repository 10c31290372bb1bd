/** Reads `text/event-stream` bytes as they come. The browser's own reader cannot send headers, which a hub without sign-in needs. */

export type StreamEvent = {
  readonly id?: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/** Feeds text in pieces of any size, tells of each event once it is whole. */
export function createEventParser(tell: (event: StreamEvent) => void) {
  let rest = '';
  let fields: Record<string, string> = {};
  const finish = () => {
    if (fields.data !== undefined) tell({ id: fields.id, kind: fields.event ?? 'message', data: parsed(fields.data) });
    fields = {};
  };
  const line = (text: string) => {
    if (text === '') return finish();
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(text) ?? [];
    if (name === 'data' && fields.data !== undefined) fields.data += `\n${value}`;
    else if (name !== '') fields[name] = value;
  };
  return (piece: string) => {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const each of lines) line(each);
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
