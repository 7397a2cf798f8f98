import { applicationId } from './applications.ts';
import { ISSUER, type SigningKey, signJwt } from './signing-key.ts';

/**
 * Signs a software statement, with the claims that Adobe's have and no others (docs/adobe.md §2).
 * @param name of the application that it speaks for; the same name is the same application in every sandbox.
 * @param now epoch milliseconds.
 */
export function signStatement(key: SigningKey, name: string, now: number): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  return signJwt(key, { sub: applicationId(name), nbf: issuedAt, iss: ISSUER, iat: issuedAt });
}
