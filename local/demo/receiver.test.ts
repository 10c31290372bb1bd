import { expect, test } from 'vitest';
import { signatureOf } from '../../platform/webhook-client.ts';
import { signatureTrouble, startReceiver } from './receiver.ts';

const at = new Date('2026-03-31T12:00:00Z');
const text = '{"status":"completed"}';
const signature = signatureOf(['secret'], at, text);

test("the hub's own signature is verified", () => {
  expect(signatureTrouble({ signature, text }, 'secret', at)).toBeUndefined();
});

test('another body, another secret, an old event and no signature are not believed', () => {
  expect(signatureTrouble({ signature, text: `${text} ` }, 'secret', at)).toMatch('not of this body');
  expect(signatureTrouble({ signature, text }, 'Secret', at)).toMatch('not of this body');
  expect(signatureTrouble({ signature, text }, 'secret', new Date('2026-03-31T12:06:00Z'))).toMatch('another time');
  expect(signatureTrouble({ signature: '', text }, 'secret', at)).toMatch('malformed');
});

test('the receiver gives the first event as it came, or nothing once the time is over', async () => {
  const receiver = await startReceiver();
  try {
    expect(await receiver.first(1)).toBeUndefined();
    const answer = await fetch(receiver.url, {
      method: 'POST',
      headers: { 'x-tributary-signature': signature },
      body: text,
    });
    expect(answer.status).toBe(204);
    expect(await receiver.first(5_000)).toEqual({ signature, text });
  } finally {
    receiver.close();
  }
});
