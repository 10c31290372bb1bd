/** Signed access tokens: checked against the published keys of who issued them, which are fetched, kept and rotated. The only file that imports jose. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose';

/** Signatures that only the issuer can make. With a shared secret whoever checks could sign as well; `none` is nobody's. */
export const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

export type TokenRules = {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Clocks differ: how much a token may be early or late. */
  readonly toleranceSeconds: number;
  /** Where the issuer's keys are; asked once, and again where it could not be told. */
  readonly keysAt: () => Promise<string>;
  /** How soon after a fetch a key that is not known makes another one. */
  readonly keysPauseMs?: number;
};

export type Claims = JWTPayload;
export type CheckedToken =
  | { readonly kind: 'good'; readonly claims: Claims }
  /** `reason` may be told to whoever sent it. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The keys could not be fetched: nothing is known of the token. */
  | { readonly kind: 'unknown'; readonly cause: unknown };

export type CheckToken = (token: string) => Promise<CheckedToken>;

/** A fetch of keys; a request waits for it. */
const keysTimeoutMs = 5_000;

export function createTokenCheck(rules: TokenRules): CheckToken {
  const { issuer, audience, algorithms, toleranceSeconds } = rules;
  let keys: RemoteJWKSet | undefined;

  async function keysOf(): Promise<RemoteJWKSet> {
    keys ??= createRemoteJWKSet(new URL(await rules.keysAt()), {
      timeoutDuration: keysTimeoutMs,
      cooldownDuration: rules.keysPauseMs ?? 30_000,
    });
    return keys;
  }

  return async (token) => {
    const found = await keysOf().catch((cause: unknown) => ({ cause }));
    if ('cause' in found) return { kind: 'unknown', cause: found.cause };
    try {
      const options = { issuer, audience, algorithms: [...algorithms], clockTolerance: toleranceSeconds };
      const { payload } = await jwtVerify(token, found, { ...options, requiredClaims: ['exp', 'sub'] });
      return { kind: 'good', claims: payload };
    } catch (error) {
      const reason = reasonOf(error);
      return reason === undefined ? { kind: 'unknown', cause: error } : { kind: 'refused', reason };
    }
  };
}

/** Why a token is no good; undefined where that is not the token's fault. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'it has expired: get a new one';
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its signature is of an algorithm that is not taken here';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not that of the issuer';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'it is not signed by a key of the issuer';
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'it is no signed JSON Web Token';
  return undefined;
}

function claimReason({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `it has no claim ${claim}`;
  if (claim === 'nbf') return 'it is not valid yet';
  if (claim === 'iss') return 'it comes from another issuer';
  if (claim === 'aud') return 'it is meant for another audience';
  return `its claim ${claim} is not as it must be`;
}
