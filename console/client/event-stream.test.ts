import { expect, test } from 'vitest';
import { createEventParser, type StreamEvent } from './event-stream.ts';

function read(...pieces: string[]): StreamEvent[] {
  const events: StreamEvent[] = [];
  const feed = createEventParser((event) => events.push(event));
  for (const piece of pieces) feed(piece);
  return events;
}

const text = ': a comment\n\nid: 7\nevent: batch\ndata: {"batch_id":"b"}\n\nevent: refresh\r\ndata: {}\r\n\r\n';

test('events are told once they are whole, however the bytes are cut', () => {
  const whole = read(text);
  expect(whole).toEqual([
    { id: '7', kind: 'batch', data: { batch_id: 'b' } },
    { id: undefined, kind: 'refresh', data: {} },
  ]);
  for (let at = 1; at < text.length; at += 1) expect(read(text.slice(0, at), text.slice(at))).toEqual(whole);
});

test('an event that is cut off is not told, and data that is no object is empty', () => {
  expect(read('event: batch\ndata: {"batch_id":"b"}\n')).toEqual([]);
  expect(read('data: nonsense\n\n')).toEqual([{ id: undefined, kind: 'message', data: {} }]);
});
