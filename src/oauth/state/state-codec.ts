import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import type { SealingKeys } from './sealing-key.ts';

/** State that is sealed with a key that we were not given. It is left as it is: the right key may come. */
export class StateLockedError extends Error {
  override readonly name = 'StateLockedError';
  readonly code = 'state_locked';
  readonly advice =
    'Give the key that sealed it: as state.keyFile, or in state.previousKeyFiles beside a new one. If it is lost, move the state file away, and the proxy registers anew.';
}

const ALGORITHM = 'dir';
const ENCRYPTION = 'A256GCM';

export type StateCodec = ReturnType<typeof createStateCodec>;

/**
 * How state looks at rest: a JWE in compact form (RFC 7516), directly under a key of ours; without one it is plain,
 * protected by the permissions of its file. Where there is a key, what is not sealed is not believed.
 * @param options.acceptPlain takes up state from before there was a key. For files, and once.
 */
export function createStateCodec(keys?: SealingKeys, { acceptPlain = false } = {}) {
  const sealing = keys?.[0];
  return {
    encode: async (plain: string): Promise<string> => {
      if (sealing === undefined) return plain;
      const jwe = await new CompactEncrypt(Buffer.from(plain))
        .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, kid: sealing.id })
        .encrypt(sealing.key);
      return `${jwe}\n`;
    },
    /** `undefined` when it is damaged. @throws {StateLockedError} when it is sealed and no key fits */
    decode: async (stored: string): Promise<string | undefined> => {
      if (!looksSealed(stored)) return keys === undefined || acceptPlain ? stored : undefined;
      if (keys === undefined) {
        throw new StateLockedError(
          'The state is sealed, and no key is configured: give the key that sealed it',
        );
      }
      const kid = keyIdOf(stored);
      const known = keys.find(({ id }) => id === kid);
      if (known === undefined) {
        const given = keys.map(({ id }) => id).join(', ');
        throw new StateLockedError(
          `The state is sealed with another key (${kid ?? 'unknown'}) than was given (${given}): give the old one too`,
        );
      }
      try {
        const { plaintext } = await compactDecrypt(stored.trim(), known.key, {
          keyManagementAlgorithms: [ALGORITHM],
          contentEncryptionAlgorithms: [ENCRYPTION],
        });
        return Buffer.from(plaintext).toString('utf8');
      } catch {
        // The right key, and yet it does not open: the text was damaged, and jose tells no more than that on purpose.
        return undefined;
      }
    },
    /** Whether `encode` would store it in this way today: not if another key sealed it, or none. */
    isCurrent: (stored: string): boolean =>
      sealing === undefined || (looksSealed(stored) && keyIdOf(stored) === sealing.id),
  };
}

/** Five parts, the first a JSON object: a JWE in compact form (RFC 7516 §3.1). */
const looksSealed = (stored: string): boolean => /^eyJ[\w-]*(\.[\w-]*){4}\s*$/.test(stored);

function keyIdOf(jwe: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(jwe.trim());
    return typeof kid === 'string' && /^[0-9a-f]{16}$/.test(kid) ? kid : undefined;
  } catch {
    return undefined;
  }
}
