/** A multipart form with one file: the file streams to its taker, the fields are few and small. The only place that imports busboy. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { Problem } from '../domain/problem.ts';

export type TakeFile = (file: AsyncIterable<Uint8Array>, fileName: string) => Promise<void>;

/** Reads the form to its end; answers its fields. Throws what `takeFile` throws, at once, without reading on. */
export async function readForm(
  req: IncomingMessage,
  body: AsyncIterable<Uint8Array>,
  takeFile: TakeFile,
): Promise<Map<string, string>> {
  const form = openForm(req);
  const fields = new Map<string, string>();
  let file: Readable | undefined;
  let taken: Promise<void> | undefined;
  let failure: unknown;
  let fail = (_: unknown): void => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = (error) => {
      failure ??= error;
      file?.destroy(error as Error);
      reject(error);
    };
  });
  failed.catch(() => undefined);

  form.on('file', (_name, stream, fileName) => {
    if (file) {
      stream.resume();
      fail(new Problem('invalid-request', 'the form has more than one file: send one'));
      return;
    }
    file = stream;
    // Whoever takes the file hears of its errors; heard here too, they would hide why the taker stopped.
    stream.on('error', () => undefined);
    taken = takeFile(stream, fileName ?? '');
    taken.catch(fail);
  });
  form.on('field', (name, value, nameCut, valueCut) => {
    if (nameCut || valueCut) fail(new Problem('body-too-large', 'a field of the form is too large'));
    fields.set(name, value);
  });
  form.on('partsLimit', () => fail(new Problem('invalid-request', 'the form has too many parts')));
  form.on('error', (error) => fail(brokenForm(error)));

  const finished = once(form, 'finish');
  finished.catch(() => undefined);
  try {
    for await (const bytes of body) {
      if (failure) throw failure;
      if (!form.write(bytes)) await Promise.race([once(form, 'drain'), failed]);
    }
    form.end();
    await Promise.race([Promise.all([finished, taken]), failed]);
  } catch (error) {
    fail(error);
    await taken?.catch(() => undefined);
    throw failure;
  }
  if (!taken) throw new Problem('file-not-uploaded', 'the form has no file: send the CSV as a file part named data');
  return fields;
}

function openForm(req: IncomingMessage): BusboyInstance {
  const type = req.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\b/i.test(type)) {
    const isAbsent = type === '' && !Number(req.headers['content-length']);
    if (isAbsent)
      throw new Problem('file-not-uploaded', 'send the CSV as a file part named data of multipart/form-data');
    throw new Problem('unsupported-media-type', 'type=csv takes multipart/form-data with the CSV as a file part');
  }
  try {
    return new Busboy({
      headers: { ...req.headers, 'content-type': type },
      limits: { files: 2, fields: 10, parts: 12, fieldSize: 64 * 1024, fieldNameSize: 100, headerPairs: 50 },
    });
  } catch (error) {
    throw brokenForm(error);
  }
}

function brokenForm(error: unknown): Problem {
  return new Problem('broken-upload', 'the multipart body is cut short or has no boundary: send it again', {}, error);
}
