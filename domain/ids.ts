/** Ids that carry meaning and are derived, so that a replay makes the same one. */
import { createHmac, hash as hashOf, timingSafeEqual } from 'node:crypto';

export type TenantId = string;
/** UUID, made when a batch is accepted. */
export type BatchId = string;
/** UUID, made when a single payment is accepted. */
export type TransactionId = string;
/** `{batchId}-{n}`, n from 1. */
export type SubBatchId = string;
/** UUIDv5 of batch and row: what rails see, the same after any replay. */
export type EndToEndId = string;

/** The row of a single payment, whose transactionId stands where a batch's id does. */
export const soleRow = 1;

const namespace = Buffer.from('6f1d3a52b6c84d0e9b1c7f0a2f4e8d31', 'hex');
const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return uuidShape.test(text);
}

/** UUIDv5 of `name` in the hub's own namespace. RFC 9562. */
export function uuidOf(name: string): string {
  const hash = hashOf('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'buffer').subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return uuidText(hash);
}

/** The k-th batch that retries rows of `parent`, k from 1. */
export function childBatchIdOf(parent: BatchId, k: number): BatchId {
  return uuidOf(`${parent}/retry/${k}`);
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

export function endToEndIdOf(batchId: BatchId, row: number): EndToEndId {
  return uuidOf(`${batchId}/${row}`);
}

export function subBatchIdOf(batchId: BatchId, n: number): SubBatchId {
  return `${batchId}-${n}`;
}

export function parseSubBatchId(subBatchId: SubBatchId): { batchId: BatchId; n: number } {
  return { batchId: subBatchId.slice(0, 36), n: Number(subBatchId.slice(37)) };
}

/** Twenty bytes: the batch's UUID, then the row number big-endian, so that keys sort in row order. */
export function rowKeyBytes(batchId: BatchId, row: number): Buffer {
  const bytes = Buffer.allocUnsafe(20);
  if (latestBatch.id !== batchId) latestBatch = { id: batchId, bytes: uuidBytes(batchId) };
  latestBatch.bytes.copy(bytes);
  bytes.writeUInt32BE(row, 16);
  return bytes;
}

/** Keys are made a thousand at a time for one batch: its UUID is read once. */
let latestBatch: { readonly id: BatchId; readonly bytes: Buffer } = { id: '', bytes: Buffer.alloc(16) };

export function rowOfKey(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32BE(16);
}

export function batchIdOfKey(bytes: Uint8Array): BatchId {
  return uuidText(bytes.subarray(0, 16));
}

/** An unguessable word for one payment's callback address: row key and its MAC, base64url. */
export function callbackToken(secret: string, batchId: BatchId, row: number): string {
  const key = rowKeyBytes(batchId, row);
  return Buffer.concat([key, macOf(secret, key)]).toString('base64url');
}

/** Whose callback address it was, or undefined where the token is not one of ours. */
export function readCallbackToken(secret: string, token: string): { batchId: BatchId; row: number } | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== 36) return undefined;
  const key = bytes.subarray(0, 20);
  if (!timingSafeEqual(bytes.subarray(20), macOf(secret, key))) return undefined;
  return { batchId: batchIdOfKey(key), row: rowOfKey(key) };
}

function macOf(secret: string, key: Uint8Array): Buffer {
  return createHmac('sha256', secret).update('callback').update(key).digest().subarray(0, 16);
}
