import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import type { SealingKeys } from './sealing-key.ts';
import { looksSealed, type StateCodec, StateLockedError } from './state-codec.ts';

const ALGORITHM = 'dir';
const ENCRYPTION = 'A256GCM';

/**
 * State sealed as a JWE in compact form (RFC 7516), directly under a key of ours. What is not sealed is not believed.
 * @param options.acceptPlain takes up state from before there was a key; the store seals it then. For files, and once.
 */
export function createSealedCodec(keys: SealingKeys, { acceptPlain = false } = {}): StateCodec {
  const [sealing] = keys;
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    encode: async (plain) => {
      const jwe = await new CompactEncrypt(Buffer.from(plain))
        .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, kid: sealing.id })
        .encrypt(sealing.key);
      return `${jwe}\n`;
    },
    decode: async (stored) => {
      if (!looksSealed(stored)) return acceptPlain ? stored : undefined;
      const jwe = stored.trim();
      const kid = keyIdOf(jwe);
      const key = kid === undefined ? undefined : byId.get(kid);
      if (key === undefined) {
        const given = keys.map(({ id }) => id).join(', ');
        throw new StateLockedError(
          `The state is sealed with another key (${kid ?? 'unknown'}) than was given (${given}): give the old one too`,
        );
      }
      try {
        const { plaintext } = await compactDecrypt(jwe, key, {
          keyManagementAlgorithms: [ALGORITHM],
          contentEncryptionAlgorithms: [ENCRYPTION],
        });
        return Buffer.from(plaintext).toString('utf8');
      } catch {
        // The right key, and yet it does not open: the text was damaged, and jose tells no more than that on purpose.
        return undefined;
      }
    },
    isCurrent: (stored) => looksSealed(stored) && keyIdOf(stored.trim()) === sealing.id,
  };
}

function keyIdOf(jwe: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(jwe);
    return typeof kid === 'string' && /^[0-9a-f]{16}$/.test(kid) ? kid : undefined;
  } catch {
    return undefined;
  }
}
