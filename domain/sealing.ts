/** Personal data under a key that can be thrown away: many texts by one cipher, each readable by itself. */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

/**
 * AES-256 in counter mode (NIST SP 800-38A). One random nonce for all texts of a call; each begins at a block of its own, so that one is read
 * without the others, and neighbours are read by one cipher. A sealed text is nonce (12 bytes), number of its first block (4) and what came of its bytes.
 * Setting up a cipher costs ten times what it does to a payment: see docs/decisions/0021.
 */
export function sealTexts(key: Uint8Array, texts: readonly string[]): Buffer[] {
  const plain = texts.map((text) => Buffer.from(text));
  const firstBlocks: number[] = [];
  let blocks = 0;
  for (const { length } of plain) {
    firstBlocks.push(blocks);
    blocks += Math.ceil(length / blockBytes);
  }
  const gathered = Buffer.alloc(blocks * blockBytes);
  plain.forEach((bytes, i) => {
    bytes.copy(gathered, firstBlocks[i]! * blockBytes);
  });
  const counter = Buffer.alloc(headBytes);
  randomFillSync(counter, 0, nonceBytes);
  const hidden = createCipheriv(algorithm, key, counter).update(gathered);
  return plain.map(({ length }, i) => {
    const sealed = Buffer.allocUnsafe(headBytes + length);
    const from = firstBlocks[i]! * blockBytes;
    counter.copy(sealed, 0, 0, nonceBytes);
    sealed.writeUInt32BE(firstBlocks[i]!, nonceBytes);
    hidden.copy(sealed, headBytes, from, from + length);
    return sealed;
  });
}

/** The texts, in the order of `sealed`; with another key than theirs, nonsense. */
export function openTexts(key: Uint8Array, sealed: readonly Uint8Array[]): string[] {
  const texts = new Array<string>(sealed.length);
  for (const run of runsOf(sealed)) openRun(key, run, texts);
  return texts;
}

const algorithm = 'aes-256-ctr';
const blockBytes = 16;
const nonceBytes = 12;
const headBytes = nonceBytes + 4;
/** Deciphering nothing for so long costs less than another cipher. */
const gapBlocksMax = 256;

type Piece = {
  readonly at: number;
  readonly bytes: Buffer;
  readonly nonce: string;
  readonly first: number;
  readonly end: number;
};

/** Pieces of one call that lie close together. */
function runsOf(sealed: readonly Uint8Array[]): Piece[][] {
  const pieces = sealed.map((each, at): Piece => {
    const bytes = Buffer.from(each.buffer, each.byteOffset, each.byteLength);
    const first = bytes.readUInt32BE(nonceBytes);
    const end = first + Math.ceil((bytes.length - headBytes) / blockBytes);
    return { at, bytes, nonce: bytes.toString('latin1', 0, nonceBytes), first, end };
  });
  const runs: Piece[][] = [];
  let last: Piece | undefined;
  for (const piece of pieces) {
    const isNext = last?.nonce === piece.nonce && piece.first >= last.end && piece.first - last.end <= gapBlocksMax;
    if (isNext) runs.at(-1)!.push(piece);
    else runs.push([piece]);
    last = piece;
  }
  return runs;
}

function openRun(key: Uint8Array, run: readonly Piece[], texts: string[]): void {
  const { first, bytes: head } = run[0]!;
  const hidden = Buffer.alloc((run.at(-1)!.end - first) * blockBytes);
  for (const piece of run) piece.bytes.copy(hidden, (piece.first - first) * blockBytes, headBytes);
  const plain = createDecipheriv(algorithm, key, head.subarray(0, headBytes)).update(hidden);
  for (const piece of run) {
    const from = (piece.first - first) * blockBytes;
    texts[piece.at] = plain.toString('utf8', from, from + piece.bytes.length - headBytes);
  }
}
