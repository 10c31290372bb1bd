/** Reads a body of many beneficiaries as it comes: what can be done is kept in small parts, what cannot is told by its place. */
import { createHash } from 'node:crypto';
import { JSONParser } from '@streamparser/json';
import type { Request } from 'express';
import { type Beneficiary, identityMaxChars, isPrintable } from '../../domain/beneficiary.ts';
import { shapeOf } from '../../domain/money.ts';
import { invalidRequest, Problem } from '../../domain/problem.ts';
import type { MapperFailure } from '../../store/beneficiary-documents.ts';
import { failuresMax, type MapperEntry } from '../../store/mapper.ts';
import { headerText } from '../request.ts';

export type ReadEntries = {
  /** Members beside the list, only those that are text. */
  readonly texts: ReadonlyMap<string, string>;
  readonly fingerprint: string;
  readonly asked: number;
  readonly parts: Iterable<readonly MapperEntry[]>;
  readonly failed: number;
  readonly failures: readonly MapperFailure[];
};

export type EntryRules = {
  /** Members that may stand beside the list. */
  readonly beside: readonly string[];
  readonly entriesMax: number;
  /** The member of an entry that names the person. */
  readonly identity: string;
  /** The account of an entry, or what is wrong with it; undefined where it has none. */
  account(entry: EntryFields): Beneficiary['account'] | string;
  modality?(entry: EntryFields): string;
};

/** Text by name; what is no text is as if it were not there. */
export type EntryFields = { text(name: string): string };

/** As many as are written together. */
const partMax = 1_000;
const bodyMaxBytes = 64 * 1024 * 1024;
const entryMaxBytes = 64 * 1024;

export async function readEntries(req: Request, rules: EntryRules): Promise<ReadEntries> {
  const type = headerText(req, 'content-type') ?? 'application/json';
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) {
    throw new Problem('unsupported-media-type', 'send the body as application/json');
  }
  const gathered = gather(rules);
  const parser = createParser(rules, gathered);
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let size = 0;
  for await (const piece of req.iterator({ destroyOnReturn: false })) {
    const bytes = piece as Buffer;
    size += bytes.length;
    if (size > bodyMaxBytes)
      throw new Problem('body-too-large', `such a body may have ${bodyMaxBytes} bytes: send it in parts`);
    hash.update(bytes);
    parser.push(decoded(() => decoder.decode(bytes, { stream: true })));
  }
  parser.push(decoded(() => decoder.decode()));
  parser.end();
  return { ...gathered.end(), texts: parser.texts, fingerprint: hash.digest('hex') };
}

function decoded(read: () => string): string {
  try {
    return read();
  } catch {
    throw new Problem('malformed-json', 'it is not UTF-8');
  }
}

function createParser({ beside }: EntryRules, gathered: ReturnType<typeof gather>) {
  const parser = new JSONParser({
    paths: [...beside.map((name) => `$.${name}`), '$.beneficiaries.*'],
    keepStack: false,
  });
  const texts = new Map<string, string>();
  let sinceLast = 0;
  let isBegun = false;
  parser.onValue = ({ value, key, stack }) => {
    if (stack.length === 1) {
      if (typeof value !== 'string') throw invalidRequest([{ name: String(key), message: 'write it as a string' }]);
      texts.set(String(key), value);
      return;
    }
    if (typeof key !== 'number') throw notAList();
    gathered.add(value);
    sinceLast = 0;
  };
  return {
    texts,
    push(text: string): void {
      const begin = isBegun ? '{' : text.trimStart()[0];
      if (begin !== undefined && begin !== '{') throw notAList();
      isBegun ||= begin !== undefined;
      // In pieces, so that the bound on one entry holds whatever size the chunks have.
      for (let at = 0; at < text.length; at += entryMaxBytes) {
        const piece = text.slice(at, at + entryMaxBytes);
        sinceLast += piece.length;
        write(piece);
        if (sinceLast > 2 * entryMaxBytes) {
          throw new Problem(
            'body-too-large',
            `beneficiary ${gathered.count() + 1} is larger than ${entryMaxBytes} bytes`,
          );
        }
      }
    },
    end(): void {
      if (!parser.isEnded) throw malformed(gathered.count());
      if (gathered.count() === 0) throw notAList();
    },
  };

  function write(text: string): void {
    try {
      parser.write(text);
    } catch (error) {
      throw error instanceof Problem ? error : malformed(gathered.count(), error);
    }
  }
}

function notAList(): Problem {
  return invalidRequest([
    { name: 'beneficiaries', message: 'send an object with a list of one or more: {"beneficiaries": [{…}, …]}' },
  ]);
}

function malformed(count: number, cause?: unknown): Problem {
  return new Problem('malformed-json', `it breaks in or after beneficiary ${count + 1}`, {}, cause);
}

/** Parts are kept as text, which is a tenth of what it is as objects. */
function gather(rules: EntryRules) {
  const texts: string[] = [];
  const failures: MapperFailure[] = [];
  const seen = new Set<string>();
  let part: MapperEntry[] = [];
  let asked = 0;
  let failed = 0;

  function fail(failure: MapperFailure): void {
    failed += 1;
    if (failures.length < failuresMax) failures.push(failure);
  }

  function close(): void {
    if (part.length > 0) texts.push(JSON.stringify(part));
    part = [];
  }

  return {
    count: () => asked,

    add(value: unknown): void {
      asked += 1;
      if (asked > rules.entriesMax) {
        const message = `send a list of 1 to ${rules.entriesMax}, and the others in requests of their own`;
        throw invalidRequest([{ name: 'beneficiaries', message }]);
      }
      const read = entryOf(asked, fieldsOf(value));
      if ('reason' in read) fail(read);
      else if (part.push(read) === partMax) close();
    },

    end() {
      close();
      return { asked, failed, failures, parts: parsed(texts) };
    },
  };

  function entryOf(n: number, fields: EntryFields): MapperEntry | MapperFailure {
    const identity = fields.text(rules.identity);
    const modality = rules.modality?.(fields).slice(0, identityMaxChars);
    const about = { n, identity, ...(modality !== undefined && { modality }) };
    if (!isPrintable(identity, identityMaxChars)) {
      const shown = identity.replace(/\p{C}/gu, '?').slice(0, identityMaxChars);
      const reason = `${rules.identity} is ${shapeOf(identity)}: write 1 to ${identityMaxChars} printable characters`;
      return { ...about, identity: shown, reason };
    }
    if (seen.has(identity)) return { ...about, reason: `${rules.identity} is in the request twice` };
    seen.add(identity);
    const account = rules.account(fields);
    if (typeof account === 'string') return { ...about, reason: account };
    return { ...about, ...(account && { account }) };
  }
}

function* parsed(texts: readonly string[]): Generator<readonly MapperEntry[]> {
  for (const text of texts) yield JSON.parse(text) as MapperEntry[];
}

function fieldsOf(value: unknown): EntryFields {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    text(name) {
      const text = given[name];
      return typeof text === 'string' ? text : '';
    },
  };
}
