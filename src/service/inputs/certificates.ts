import { createPrivateKey, X509Certificate } from 'node:crypto';
import { InputError } from '../../base/error-code.ts';
import type { ReadFile } from '../../base/read-files.ts';
import { Secret } from '../../base/secret.ts';
import { type EpochMs, epochMs } from '../../base/units.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { TlsIdentity } from '../../proxy/listener/door.ts';

const BUNDLE_ADVICE =
  'Give the path of a PEM file with one or more CERTIFICATE blocks, readable by this user.';

const ADVICE = {
  unreadable: 'Give the path of a file that is readable by this user.',
  no_certificate: BUNDLE_ADVICE,
  invalid_certificate: BUNDLE_ADVICE,
  invalid_key: 'Decrypt it with `openssl pkey`, and keep the file to this user.',
  key_mismatch: 'Give both files of one renewal; the listener’s own certificate comes first in its file.',
} as const;

const unusable = (code: keyof typeof ADVICE, message: string, options?: ErrorOptions): InputError =>
  new InputError(code, message, ADVICE[code], options);

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads a PEM bundle of certificate authorities. It is checked here, as Node's TLS passes over what it cannot read and
 * then trusts less than was asked for.
 * @throws {InputError}
 */
export async function readCertificates(
  path: string | undefined,
  read: ReadFile,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const blocks = (await readText(path, read)).match(BLOCK) ?? [];
  if (blocks.length === 0) throw unusable('no_certificate', `${path} holds no PEM certificate`);
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (error) {
      throw unusable('invalid_certificate', `${path} holds a broken certificate`, { cause: error });
    }
  }
  return blocks.join('\n');
}

/**
 * Reads a certificate, its key, and the authorities of callers. That certificate and key belong together is checked
 * here: TLS would say so to callers, one by one.
 * @throws {InputError}
 */
export async function readTlsIdentity(
  { certFile, keyFile, clientCaFile }: Config['listen']['tls'],
  read: ReadFile,
): Promise<TlsIdentity | undefined> {
  if (certFile === undefined || keyFile === undefined) return undefined;
  const [cert, key, clientCa] = await Promise.all([
    readCertificates(certFile, read),
    readKey(keyFile, read),
    readCertificates(clientCaFile, read),
  ]);
  if (cert === undefined) return undefined;
  if (!new X509Certificate(cert).checkPrivateKey(key.object)) {
    const message = `The key in ${keyFile} is not that of the certificate in ${certFile}`;
    throw unusable('key_mismatch', message);
  }
  return { cert, key: key.pem, clientCa };
}

async function readKey(path: string, read: ReadFile) {
  const text = await readText(path, read);
  try {
    return { pem: new Secret(text), object: createPrivateKey(text) };
  } catch {
    // OpenSSL's words help nobody here, and a cause might quote the key.
    throw unusable('invalid_key', `${path} holds no PEM private key that is not encrypted`);
  }
}

/** The settings of what TLS to a server takes besides Node's own. */
export type PeerTlsFiles = Pick<Config['redis'], 'caFile' | 'certFile' | 'keyFile'>;

/** @throws {InputError} */
export async function readText(path: string, read: ReadFile): Promise<string> {
  try {
    return (await read(path)).toString('utf8');
  } catch (error) {
    throw unusable('unreadable', `${path} cannot be read`, { cause: error });
  }
}

/** When the certificate of a listener, the first of its chain, expires. */
export const certificateExpiry = (identity: TlsIdentity | undefined): EpochMs | undefined =>
  identity && epochMs(new X509Certificate(identity.cert).validToDate.getTime());
