/** Payments in a JSON body become the rows of a CSV file with the ten columns, one after the other. */
import { JSONParser } from '@streamparser/json';
import { requiredColumns } from '../domain/batch-file.ts';
import { uuidOf } from '../domain/ids.ts';
import { invalidRequest, type NamedError, Problem } from '../domain/problem.ts';
import { identifierTypeOf } from '../domain/row-check.ts';
import { shortened } from './request.ts';

const paymentFields = [
  'creditParty',
  'debitParty',
  'subType',
  'paymentMode',
  'amount',
  'currency',
  'descriptionText',
  'requestId',
];
/** A payment is a few hundred bytes. */
const paymentMaxBytes = 64 * 1024;
const errorsMax = 20;

/** CSV text for `[{ creditParty, debitParty, subType or paymentMode, amount, currency, descriptionText, requestId? }, …]`. */
export async function* csvOfJson(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = createPaymentsReader();
  yield `${requiredColumns.join(',')}\n`;
  for await (const bytes of body) {
    yield* reader.push(decoded(() => decoder.decode(bytes, { stream: true })));
  }
  yield* reader.push(decoded(() => decoder.decode()));
  reader.end();
}

function decoded(read: () => string): string {
  try {
    return read();
  } catch {
    throw new Problem('malformed-json', 'it is not UTF-8');
  }
}

function createPaymentsReader() {
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false });
  const errors: NamedError[] = [];
  let rows: string[] = [];
  let index = 0;
  let sinceLast = 0;
  let isBegun = false;
  parser.onValue = ({ value, key }) => {
    if (typeof key !== 'number') throw notAnArray();
    rows.push(rowOf(value, index, errors));
    index += 1;
    sinceLast = 0;
    if (errors.length >= errorsMax) throw invalidRequest(errors);
  };

  function write(text: string): void {
    try {
      parser.write(text);
    } catch (error) {
      throw error instanceof Problem ? error : malformed(index, error);
    }
  }

  return {
    push(text: string): string[] {
      rows = [];
      const begin = isBegun ? '[' : text.trimStart()[0];
      if (begin !== undefined && begin !== '[') throw notAnArray();
      isBegun ||= begin !== undefined;
      // In pieces, so that the bound on one payment holds whatever size the chunks have.
      for (let at = 0; at < text.length; at += paymentMaxBytes) {
        const piece = text.slice(at, at + paymentMaxBytes);
        sinceLast += piece.length;
        write(piece);
        if (sinceLast > 2 * paymentMaxBytes) {
          throw new Problem('body-too-large', `payment ${index} is larger than ${paymentMaxBytes} bytes`);
        }
      }
      return rows.length > 0 ? [rows.join('')] : [];
    },
    end(): void {
      if (!parser.isEnded) throw malformed(index);
      if (errors.length > 0) throw invalidRequest(errors);
    },
  };
}

function notAnArray(): Problem {
  return new Problem('malformed-json', 'send an array of payments: [{ "creditParty": …, "debitParty": …, … }]');
}

function malformed(index: number, cause?: unknown): Problem {
  return new Problem('malformed-json', `it breaks in or after payment ${index}`, {}, cause);
}

/** One CSV line. What is missing is an empty cell, which the row check tells about; what is not understood is refused. */
function rowOf(value: unknown, index: number, errors: NamedError[]): string {
  const problem = (field: string, message: string) => void errors.push({ name: `[${index}]${field}`, message });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problem('', 'write an object per payment');
    return '';
  }
  const payment = value as Record<string, unknown>;
  for (const name of Object.keys(payment)) {
    if (!paymentFields.includes(name)) {
      problem(`.${shortened(name)}`, `is not known here; known are ${paymentFields.join(', ')}`);
    }
  }
  const text = (name: string): string => {
    const field = payment[name] ?? '';
    if (typeof field === 'string') return field;
    problem(`.${name}`, name === 'amount' ? 'write it as a string, such as "820.00"' : 'write it as a string');
    return '';
  };
  const party = (name: string) => partyOf(payment[name], (message) => problem(`.${name}`, message));
  if (payment.subType !== undefined && payment.paymentMode !== undefined && text('subType') !== text('paymentMode')) {
    problem('.paymentMode', 'differs from subType: write one of the two');
  }
  const payer = party('debitParty');
  const payee = party('creditParty');
  const mode = (text('paymentMode') || text('subType')).toLowerCase();
  const rest = [mode, payer.key, payer.value, payee.key, payee.value, text('amount'), text('currency')];
  const note = text('descriptionText');
  const requestId = text('requestId') || uuidOf(JSON.stringify([index, ...rest, note]));
  return `${[String(index), requestId, ...rest, note].map(quoted).join(',')}\n`;
}

type KeyValue = { readonly key: string; readonly value: string };

function partyOf(party: unknown, problem: (message: string) => void): KeyValue {
  const none = { key: '', value: '' };
  const shape = 'write it as [{ "key": "msisdn", "value": "…" }]';
  if (party === undefined || party === null) return none;
  if (!Array.isArray(party) || party.length !== 1) {
    problem(`${shape}, with one element`);
    return none;
  }
  const { key, value, ...others } = (party[0] ?? {}) as Record<string, unknown>;
  if (typeof key !== 'string' || typeof value !== 'string' || Object.keys(others).length > 0) {
    problem(shape);
    return none;
  }
  return { key: identifierTypeOf(key) ?? key, value };
}

/** The client's own text: quoted where it must be, otherwise as it is. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
