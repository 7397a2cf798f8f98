import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Secret } from '../../base/secret.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { TlsIdentity } from '../../proxy/listener/door.ts';
import { CertificateError, readCertificates } from './certificates.ts';

type TlsFiles = Config['listen']['tls'];

/**
 * Reads the certificate of the public listener, its key, and the authorities of callers; `undefined` when no certificate is
 * configured. That certificate and key belong together is checked here: TLS would say so to callers, one by one.
 * @throws {CertificateError}
 */
export async function readTlsIdentity({
  certFile,
  keyFile,
  clientCaFile,
}: TlsFiles): Promise<TlsIdentity | undefined> {
  if (certFile === undefined || keyFile === undefined) return undefined;
  const [cert, key, clientCa] = await Promise.all([
    readCertificates(certFile),
    readKey(keyFile),
    readCertificates(clientCaFile),
  ]);
  if (cert === undefined) return undefined;
  if (!new X509Certificate(cert).checkPrivateKey(key.object)) {
    throw new CertificateError(
      'key_mismatch',
      `The key in ${keyFile} is not that of the certificate in ${certFile}`,
    );
  }
  return { cert, key: key.pem, clientCa };
}

async function readKey(path: string) {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CertificateError('unreadable', `${path} cannot be read`, { cause: error });
  });
  try {
    return { pem: new Secret(text), object: createPrivateKey(text) };
  } catch {
    // OpenSSL's words help nobody here, and a cause might quote the key.
    throw new CertificateError('invalid_key', `${path} holds no PEM private key that is not encrypted`);
  }
}

/** Whether two identities are the same files' content. */
export const sameIdentity = (a: TlsIdentity, b: TlsIdentity): boolean =>
  a.cert === b.cert && a.clientCa === b.clientCa && a.key.reveal() === b.key.reveal();
