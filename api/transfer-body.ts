/** The body of POST /channel/transfer, as Payment Hub EE's clients write it, read into cells that the row check understands. */
import type { NamedError } from '../domain/problem.ts';
import { isLabel, shortened } from './request.ts';

export type TransferBody = {
  readonly payer: PartyText;
  readonly payee: PartyText;
  readonly amount: string;
  readonly currency: string;
  readonly note: string;
  readonly clientRefId?: string;
  readonly customData?: { readonly key: string; readonly value: string }[];
};
/** Empty where the body says nothing. */
export type PartyText = { readonly type: string; readonly id: string; readonly fspId: string };

type Fail = (name: string, message: string) => void;
type Fields = Readonly<Record<string, unknown>>;

/** Payment Hub EE knows them; nothing here would come of them, so who sends them is told. */
const notCarried = new Set([
  'geoCode',
  'expiration',
  'extensionList',
  'merchantClassificationCode',
  'name',
  'personalInfo',
  'partySubIdOrType',
  'subScenario',
  'refundInfo',
  'balanceOfPayments',
]);
const customDataMax = 16;
const noFields: Fields = Object.freeze({});

/** What the body says; what is wrong with its shape goes to `errors`, by path. A field that is null is absent. */
export function readTransferBody(body: Fields, errors: NamedError[]): TransferBody {
  const fail: Fail = (name, message) => void errors.push({ name, message });
  const known = ['clientRefId', 'payer', 'payee', 'amountType', 'amount', 'transactionType', 'note', 'customData'];
  const fields = fieldsOf(body, '', known, fail);
  const amount = fieldsOf(fields.amount, 'amount', ['amount', 'currency'], fail);
  const clientRefId = textOf(fields, '', 'clientRefId', fail);
  if (clientRefId !== '' && !isLabel(clientRefId, 128)) fail('clientRefId', 'write up to 128 printable characters');
  checkMeaning(fields, fail);
  return {
    payer: partyOf(fields.payer, 'payer', fail),
    payee: partyOf(fields.payee, 'payee', fail),
    amount: textOf(amount, 'amount', 'amount', fail, 'write it as a string, such as "820.00"'),
    currency: textOf(amount, 'amount', 'currency', fail),
    note: textOf(fields, '', 'note', fail),
    ...(clientRefId !== '' && { clientRefId }),
    ...customDataOf(fields.customData, fail),
  };
}

/** What may be said, as long as it is what the hub does anyway. */
function checkMeaning(fields: Fields, fail: Fail): void {
  const only = (at: Fields, path: string, name: string, words: readonly string[]) => {
    const text = textOf(at, path, name, fail);
    if (text !== '' && !words.includes(text)) fail(pathOf(path, name), `write ${words.join(' or ')}, or leave it out`);
  };
  only(fields, '', 'amountType', ['SEND']);
  const type = fieldsOf(fields.transactionType, 'transactionType', ['scenario', 'initiator', 'initiatorType'], fail);
  only(type, 'transactionType', 'scenario', ['TRANSFER']);
  only(type, 'transactionType', 'initiator', ['PAYER']);
  only(type, 'transactionType', 'initiatorType', ['CONSUMER', 'AGENT', 'BUSINESS', 'DEVICE']);
}

function partyOf(value: unknown, path: string, fail: Fail): PartyText {
  const party = fieldsOf(value, path, ['partyIdInfo'], fail);
  const at = `${path}.partyIdInfo`;
  const info = fieldsOf(party.partyIdInfo, at, ['partyIdType', 'partyIdentifier', 'fspId'], fail);
  const text = (name: string) => textOf(info, at, name, fail);
  return { type: text('partyIdType'), id: text('partyIdentifier'), fspId: text('fspId') };
}

function customDataOf(value: unknown, fail: Fail): Pick<TransferBody, 'customData'> {
  if (value === undefined) return {};
  if (!Array.isArray(value) || value.length > customDataMax) {
    fail('customData', `write up to ${customDataMax} of { "key": "…", "value": "…" }`);
    return {};
  }
  const customData = value.map((item, at) => {
    const path = `customData[${at}]`;
    const pair = fieldsOf(item, path, ['key', 'value'], fail);
    const [key, text] = [textOf(pair, path, 'key', fail), textOf(pair, path, 'value', fail)];
    if (!isLabel(key, 64)) fail(`${path}.key`, 'write 1 to 64 printable characters');
    if (text.length > 255) fail(`${path}.value`, `has ${text.length} characters: write 255 at most`);
    return { key, value: text };
  });
  return customData.length > 0 ? { customData } : {};
}

/** The fields of an object; those that are null are left out, those that are not known are refused. */
function fieldsOf(value: unknown, path: string, known: readonly string[], fail: Fail): Fields {
  if (value === undefined) return noFields;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail(path, `write an object with ${known.join(', ')}`);
    return noFields;
  }
  const given = Object.entries(value).filter(([, field]) => field !== null);
  for (const [name] of given.filter(([each]) => !known.includes(each)).slice(0, 20)) {
    const cure = notCarried.has(name)
      ? 'is not carried by this hub: leave it out'
      : `is not known here; known are ${known.join(', ')}`;
    fail(pathOf(path, shortened(name)), cure);
  }
  return Object.fromEntries(given);
}

function textOf(fields: Fields, path: string, name: string, fail: Fail, cure = 'write it as a string'): string {
  const value = fields[name] ?? '';
  if (typeof value === 'string') return value;
  fail(pathOf(path, name), cure);
  return '';
}

function pathOf(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
