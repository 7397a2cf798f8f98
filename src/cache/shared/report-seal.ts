import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

export type ReportSeal = ReturnType<ReturnType<typeof reportSeals>>;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;
const KEY_BYTES = 32;
const NAME_BYTES = 16;

/**
 * Seals reports for a store that others may read or write: AES-256-GCM with a key for each report, which is derived
 * from the fleet's together with the report's name. So what was sealed for one report opens as no other, and random
 * nonces have each report's key for themselves.
 * @param fleetKey the key that also seals the state; what is derived from it here tells nothing about it
 * @returns what finds the seal of a report by its generation, of which a purge begins another one, and its key in the
 *   memory's level. That tells whose report it is, too, and where its links point (`Route.cacheId`)
 */
export function reportSeals(fleetKey: KeyObject) {
  const root = createSecretKey(
    Buffer.from(hkdfSync('sha256', fleetKey, '', 'cmu-proxy shared reports 1', KEY_BYTES)),
  );
  return (generation: string, key: string) => {
    const derived = createHmac('sha512', root)
      .update(JSON.stringify([generation, key]))
      .digest();
    const own = createSecretKey(derived.subarray(0, KEY_BYTES));
    return {
      /** Says nothing about the report to whoever does not have the key. */
      name: derived.toString('base64url', KEY_BYTES, KEY_BYTES + NAME_BYTES),
      seal(plain: Buffer): Buffer {
        const nonce = randomBytes(NONCE_BYTES);
        const cipher = createCipheriv(CIPHER, own, nonce);
        const body = cipher.update(plain);
        cipher.final();
        return Buffer.concat([nonce, cipher.getAuthTag(), body]);
      },
      /** @returns `undefined` for what was not sealed by this: with another key, for another report, or damaged */
      open(sealed: Buffer): Buffer | undefined {
        if (sealed.length < SEAL_BYTES) return undefined;
        const nonce = sealed.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv(CIPHER, own, nonce, { authTagLength: TAG_BYTES });
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, SEAL_BYTES));
        const plain = decipher.update(sealed.subarray(SEAL_BYTES));
        try {
          decipher.final();
          return plain;
        } catch {
          return undefined;
        }
      },
    };
  };
}
