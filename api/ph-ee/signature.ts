/** Payment Hub EE's X-SIGNATURE: a request of a tenant that signs is believed only with it, and its answer is signed by the hub. */
import {
  constants,
  createHash,
  createPublicKey,
  type Hash,
  privateEncrypt,
  publicDecrypt,
  timingSafeEqual,
} from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { Problem } from '../../domain/problem.ts';
import { callerOf } from '../caller.ts';
import { headerText } from '../header.ts';

/** Given to whoever reads the body: `update` with what is signed, then `check`. */
export type SignatureCheck = {
  update(bytes: Uint8Array): void;
  /** Throws a problem unless the signature fits. Before that nothing may be done. */
  check(): void;
};

const checks = new WeakMap<IncomingMessage, SignatureCheck>();
/** In this order, those that were sent. */
const signedHeaders = ['x-batchid', 'x-correlationid', 'platform-tenantid'] as const;
/** White space in the middle of a payload may be the end of it: so much is kept until something follows. */
const heldMax = 64 * 1024;

/** What has to be told of the body; undefined where the tenant does not sign. */
export function signatureOf(req: IncomingMessage): SignatureCheck | undefined {
  return checks.get(req);
}

/** `privateKey`: the hub's, PEM; without one answers are not signed. */
export function signed(privateKey: string | undefined, handler: RequestHandler): RequestHandler {
  return async (req, res, next) => {
    const signature = callerOf(req).tenant?.signature;
    if (signature?.required) {
      const sent = headerText(req, 'x-signature');
      if (sent === undefined) {
        throw new Problem('signature-wrong', 'the tenant signs its requests: send the header X-SIGNATURE');
      }
      const check = createCheck(req, sent, signature.publicKey);
      // What has no body is known now.
      if (isBodiless(req)) check.check();
      else checks.set(req, check);
      if (privateKey !== undefined) signAnswer(res, privateKey);
    }
    await handler(req, res, next);
  };
}

/** What is wrong with a key that a tenant wants to be known by, or undefined. */
export function wrongWithKey(pem: string): string | undefined {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'rsa') return 'is no RSA key';
    return Number(key.asymmetricKeyDetails?.modulusLength) < 2_048 ? 'is shorter than 2048 bits' : undefined;
  } catch {
    return 'is no public key in PEM';
  }
}

/** Signs what Payment Hub EE's clients check: the body alone. */
export function signatureFor(privateKey: string, payload: string): string {
  const digest = createHash('sha3-256').update(payload).digest('hex');
  return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(digest)).toString(
    'base64',
  );
}

function isBodiless(req: IncomingMessage): boolean {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  return !hasBody;
}

/**
 * The payload is believed as it came, or as Payment Hub EE's own clients sign it: line ends as \n, no white space around. Never
 * less than all of it: what theirs drops behind an empty line would be paid without being signed.
 */
function createCheck(req: IncomingMessage, sent: string, publicKey: string): SignatureCheck {
  const head = signedHeaders.flatMap((name) => headerText(req, name) ?? []).join(':');
  const asItCame = createDigest(head);
  const tidied = createDigest(head);
  const tidy = createTidy((bytes) => tidied.update(bytes));
  return {
    update(bytes) {
      asItCame.update(bytes);
      tidy(bytes);
    },
    check() {
      const said = decrypted(sent, publicKey);
      const fits = [asItCame, tidied].some((digest) => {
        const own = Buffer.from(digest.hex());
        return said !== undefined && said.length === own.length && timingSafeEqual(said, own);
      });
      if (!fits) {
        throw new Problem(
          'signature-wrong',
          'X-SIGNATURE does not fit this request and the key of the tenant: sign what is sent',
        );
      }
    },
  };
}

function decrypted(sent: string, publicKey: string): Buffer | undefined {
  try {
    return publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(sent, 'base64'));
  } catch {
    return undefined;
  }
}

/** A colon stands between headers and payload, where there are both. */
function createDigest(head: string): { update(bytes: Uint8Array): void; hex(): string } {
  const hash: Hash = createHash('sha3-256').update(head);
  let isBegun = false;
  return {
    update(bytes) {
      if (bytes.length === 0) return;
      if (!isBegun && head !== '') hash.update(':');
      isBegun = true;
      hash.update(bytes);
    },
    hex: () => hash.copy().digest('hex'),
  };
}

/** Passes text on with \n at line ends and without white space around it, a piece at a time. */
function createTidy(pass: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  let held = Buffer.alloc(0);
  let isBegun = false;
  return (bytes) => {
    const text = Buffer.concat([held, bytes.filter((byte) => byte !== 0x0d)]);
    let end = text.length;
    while (end > 0 && text[end - 1]! <= 0x20) end -= 1;
    let start = 0;
    if (!isBegun) while (start < end && text[start]! <= 0x20) start += 1;
    if (end > start) {
      isBegun = true;
      pass(text.subarray(start, end));
      held = text.subarray(end);
    } else {
      held = isBegun ? text.subarray(0, heldMax) : Buffer.alloc(0);
    }
  };
}

function signAnswer(res: Response, privateKey: string): void {
  const send = res.send.bind(res);
  res.send = (body) => {
    const text = typeof body === 'string' ? body : Buffer.isBuffer(body) ? body.toString() : undefined;
    if (text !== undefined && !res.headersSent) res.set('X-SIGNATURE', signatureFor(privateKey, text));
    return send(body);
  };
}
