/** SLCB's authorization code: a nonce that only the institution's private key can have encrypted. */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
} from 'node:crypto';
import { readFileSync } from 'node:fs';

const padding = constants.RSA_PKCS1_PADDING;

/** The institution's RSA key from PEM text (line ends may be written `\n`) or the path of a PEM file; throws RangeError otherwise. */
export function privateKeyOf(config: string): KeyObject {
  try {
    const pem = config.includes('-----BEGIN') ? config.replaceAll('\\n', '\n') : readFileSync(config, 'utf8');
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // The cause may quote the key: it goes no further.
  }
  throw new RangeError('private_key of slcb is no RSA private key: write PEM text or the path of a PEM file');
}

/** Base64 of the nonce under the private key. */
export function authorizationCodeOf(key: KeyObject, nonce: string): string {
  return privateEncrypt({ key, padding }, Buffer.from(nonce)).toString('base64');
}

/** The nonce, or undefined where the code is not of this key; the bank's side of it. */
export function nonceOf(key: KeyObject, authorizationCode: string): string | undefined {
  try {
    const code = Buffer.from(authorizationCode, 'base64');
    return publicDecrypt({ key: createPublicKey(key), padding }, code).toString('utf8');
  } catch {
    return undefined;
  }
}
