import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { InputError } from '../../base/error-code.ts';

/** A key for A256GCM. Neither part shows it when printed. */
export interface SealingKey {
  /** Names the key without telling it: the `kid` of what it seals. */
  readonly id: string;
  readonly key: KeyObject;
}

/** At least one; the first seals, all open: to change the key, put the new one before the old one. */
export type SealingKeys = readonly [SealingKey, ...SealingKey[]];

const ADVICE = 'Make one with `openssl rand -base64 32`, one key a line, the one that seals first.';

const unusable = (message: string): InputError => new InputError('invalid_sealing_key', message, ADVICE);

const KEY_BYTES = 32;

/**
 * Reads sealing keys as they come from a file: one a line (or separated by commas), each 32 bytes in Base64, Base64url
 * or hex.
 * @throws {InputError} naming the line that is wrong, never its text.
 */
export function parseSealingKeys(text: string): SealingKeys {
  const [first, ...others] = text
    .replace(/^\uFEFF/, '')
    .split(/[\s,]+/)
    .filter((line) => line !== '')
    .map((line, index) => sealingKey(line, index + 1));
  if (first === undefined) throw unusable('There is no sealing key');
  return [first, ...others];
}

function sealingKey(line: string, number: number): SealingKey {
  const bytes = bytesOf(line);
  if (bytes?.length !== KEY_BYTES) {
    throw unusable(`Sealing key ${number} is not ${KEY_BYTES} bytes in Base64 or hex`);
  }
  // 64 bits name a handful of keys; of a random key they give nothing away.
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return { id, key: createSecretKey(bytes) };
}

function bytesOf(line: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(line)) return Buffer.from(line, 'hex');
  // Node.js reads both alphabets of Base64 alike.
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(line)) return Buffer.from(line, 'base64');
  return undefined;
}
