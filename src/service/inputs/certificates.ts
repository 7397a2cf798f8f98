import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const BUNDLE_ADVICE =
  'Give the path of a PEM file with one or more CERTIFICATE blocks, readable by this user.';

const ADVICE = {
  unreadable: 'Give the path of a PEM file that is readable by this user.',
  no_certificate: BUNDLE_ADVICE,
  invalid_certificate: BUNDLE_ADVICE,
  invalid_key: 'Decrypt it with `openssl pkey`, and keep the file to this user.',
  key_mismatch: 'Give both files of one renewal; the listener’s own certificate comes first in its file.',
} as const;

/** Certificates, or the key of one, that cannot be used. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code: keyof typeof ADVICE;
  readonly advice: string;

  constructor(code: CertificateError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.advice = ADVICE[code];
  }
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads a PEM bundle of certificate authorities; `undefined` for none. It is checked here, as Node's TLS passes over what it
 * cannot read and then trusts less than was asked for.
 * @throws {CertificateError}
 */
export async function readCertificates(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CertificateError('unreadable', `${path} cannot be read`, { cause: error });
  });
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) throw new CertificateError('no_certificate', `${path} holds no PEM certificate`);
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (error) {
      throw new CertificateError('invalid_certificate', `${path} holds a broken certificate`, {
        cause: error,
      });
    }
  }
  return blocks.join('\n');
}
