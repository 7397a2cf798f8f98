import { createPublicKey, type webcrypto } from 'node:crypto';
import { exportPKCS8, generateKeyPair, importPKCS8, importSPKI, jwtVerify, SignJWT } from 'jose';

export const ISSUER = 'auth.adobe.com';

/** The key pair that a sandbox signs statements and tokens with. Two sandboxes with one key accept each other's statements. */
export interface SigningKey {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}

const ALGORITHM = 'RS256';

/** A new RSA key of 2048 bits. It takes a tenth of a second or so: share one among many sandboxes. */
export const generateSigningKey = (): Promise<SigningKey> =>
  generateKeyPair(ALGORITHM, { extractable: true });

export const exportSigningKey = (key: SigningKey): Promise<string> => exportPKCS8(key.privateKey);

/** @param pem PKCS #8. @throws when it is not an RSA private key. */
export async function importSigningKey(pem: string): Promise<SigningKey> {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
  return {
    privateKey: await importPKCS8(pem, ALGORITHM, { extractable: true }),
    publicKey: await importSPKI(spki, ALGORITHM),
  };
}

/** A JWT with the header that Adobe's have: `alg` and nothing else. */
export const signJwt = (key: SigningKey, claims: Readonly<Record<string, unknown>>): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: ALGORITHM }).sign(key.privateKey);

/**
 * Checks signature, issuer and times of a JWT of ours.
 * @returns its subject.
 * @throws {JOSEError} (jose) when any of them is wrong, or there is no subject.
 */
export async function verifyJwt(key: SigningKey, jwt: string, now: number): Promise<string> {
  const { payload } = await jwtVerify(jwt, key.publicKey, {
    algorithms: [ALGORITHM],
    issuer: ISSUER,
    currentDate: new Date(now),
    requiredClaims: ['sub', 'iat'],
  });
  return payload.sub ?? '';
}
