/** What is proven of an e-mail, against a real mail server that takes, refuses and breaks off. */
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KeptMessages, openKeptMessages } from '../local/messages/kept-messages.ts';
import { createMailServer } from '../local/messages/mail-server.ts';
import { createSmtp, type Smtp } from './smtp.ts';

let server: ReturnType<typeof createMailServer>;
let kept: KeptMessages;
let smtp: Smtp;
const terms = { from: 'Hub <no-reply@hub.example.org>', isTlsOptional: false, connections: 2, timeoutMs: 5_000 };

beforeAll(async () => {
  kept = openKeptMessages(mkdtempSync(join(tmpdir(), 'mail-')));
  server = createMailServer(kept, () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  smtp = createSmtp({ ...terms, url: `smtp://127.0.0.1:${port}` });
});

afterAll(async () => {
  smtp.close();
  await new Promise<void>((resolve) => void server.close(resolve));
});

let sent = 0;
function send(to: string) {
  sent += 1;
  return smtp.send({ to, subject: 'Été\u00a0payé', text: 'Über 12.50', messageId: `<${sent}@hub.example.org>` });
}

test('what is taken arrives once, with its own message id', async () => {
  expect(await send('ana@example.org')).toMatchObject({ kind: 'taken' });
  const [mail, ...others] = kept.to('ana@example.org');
  expect(others).toEqual([]);
  expect(mail).toMatchObject({ key: `<${sent}@hub.example.org>` });
  expect(mail?.text).toMatch(/^Auto-Submitted: auto-generated/m);
});

test('a mailbox that is not there is refused for good, and a busy one is for later; the server’s words are not repeated', async () => {
  expect(await send('ana+550@example.org')).toEqual({ kind: 'refused', reason: 'smtp-550' });
  expect(await send('ana+451@example.org')).toEqual({ kind: 'later', reason: 'smtp-451', isDown: false });
});

test('where the line breaks after the message was sent it may have been taken, and nobody sends it again unasked', async () => {
  expect(await send('ana+cut@example.org')).toEqual({ kind: 'unknown', reason: 'answer-lost' });
  expect(kept.to('ana+cut@example.org')).toHaveLength(1);
});

test('a server that is away has taken nothing', async () => {
  const away = createSmtp({ ...terms, url: 'smtp://127.0.0.1:1' });
  const email = { to: 'ana@example.org', subject: 's', text: 't', messageId: '<a@b>' };
  expect(await away.send(email)).toMatchObject({ kind: 'later', isDown: true });
  away.close();
});

test('an address is one address, whatever stands in it, and one that is none is refused by itself', async () => {
  const answers = [await send('a@example.org, b@example.org'), await send('a@example.org>\r\nRCPT TO:<b@example.org')];
  expect(answers.map(({ kind }) => kind)).toEqual(['refused', 'refused']);
  expect([...kept.to('a@example.org'), ...kept.to('b@example.org')]).toEqual([]);
});

test('an address of a server that is none is refused without being repeated, since a password stands in it', () => {
  for (const url of ['http://u:secret@h', 'smtp://', 'smtp://u:secret@h/?x=1', 'mail.example.org']) {
    expect(() => createSmtp({ ...terms, url })).toThrow(/^the mail server is smtp/);
  }
});

/** Somebody's mail server on all addresses of this machine. */
async function aServer(options: ConstructorParameters<typeof SMTPServer>[0]) {
  const own = new SMTPServer({ disableReverseLookup: true, ...options });
  own.on('error', () => undefined);
  await new Promise<void>((resolve) => void own.listen(0, '0.0.0.0', resolve));
  const { port } = own.server.address() as AddressInfo;
  return { port, close: () => new Promise<void>((resolve) => void own.close(resolve)) };
}

const email = { to: 'ana@example.org', subject: 's', text: 't', messageId: '<z@hub.example.org>' };

test('a password that is refused is for later, since no message is at fault', async () => {
  const refusing = await aServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(Object.assign(new Error('no'), { responseCode: 535 })),
  });
  const client = createSmtp({ ...terms, url: `smtp://hub:secret@127.0.0.1:${refusing.port}` });
  expect(await client.send(email)).toEqual({ kind: 'later', reason: 'smtp-535', isDown: true });
  client.close();
  await refusing.close();
});

const outside = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

test.skipIf(!outside)('over a line that anybody can read nothing is sent, unless the operator says so', async () => {
  let messages = 0;
  const plain = await aServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      messages += 1;
      stream.resume().on('end', () => done());
    },
  });
  const url = `smtp://${outside}:${plain.port}`;
  const careful = createSmtp({ ...terms, url });
  expect(await careful.send(email)).toMatchObject({ kind: 'later', isDown: true });
  expect(messages).toBe(0);
  const careless = createSmtp({ ...terms, url, isTlsOptional: true });
  expect(await careless.send(email)).toMatchObject({ kind: 'taken' });
  careful.close();
  careless.close();
  await plain.close();
});
