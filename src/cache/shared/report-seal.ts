import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** What tells one shared report from every other. */
export interface SharedReportId {
  /** A purge begins another one. */
  readonly generation: string;
  /** The key of the memory's level. It tells whose report it is, too, and where its links point (`Route.cacheId`). */
  readonly key: string;
}

/** Name and seal of one report. */
export interface ReportSeal {
  /** Says nothing about the report to whoever does not have the key. */
  readonly name: string;
  seal(plain: Buffer): Buffer;
  /** @returns `undefined` for what was not sealed by this: with another key, for another report, or damaged */
  open(sealed: Buffer): Buffer | undefined;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What a sealed report has on top of its bytes. */
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;
const KEY_BYTES = 32;
const NAME_BYTES = 16;

/**
 * Seals reports for a store that others may read or write: AES-256-GCM with a key for each report, which is derived
 * from the fleet's together with the report's name. So what was sealed for one report opens as no other, and random
 * nonces have each report's key for themselves.
 * @param fleetKey the key that also seals the state; what is derived from it here tells nothing about it
 */
export function reportSeals(fleetKey: KeyObject): (id: SharedReportId) => ReportSeal {
  const root = createSecretKey(
    Buffer.from(hkdfSync('sha256', fleetKey, '', 'cmu-proxy shared reports 1', KEY_BYTES)),
  );
  return ({ generation, key }) => {
    const derived = createHmac('sha512', root)
      .update(JSON.stringify([generation, key]))
      .digest();
    const own = createSecretKey(derived.subarray(0, KEY_BYTES));
    return {
      name: derived.toString('base64url', KEY_BYTES, KEY_BYTES + NAME_BYTES),
      seal: (plain) => sealed(own, plain),
      open: (text) => opened(own, text),
    };
  };
}

function sealed(key: KeyObject, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function opened(key: KeyObject, text: Buffer): Buffer | undefined {
  if (text.length < SEAL_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, text.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(text.subarray(NONCE_BYTES, SEAL_BYTES));
  const plain = decipher.update(text.subarray(SEAL_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    // Not ours: that is the answer.
    return undefined;
  }
}
