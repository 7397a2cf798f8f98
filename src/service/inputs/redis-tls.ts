import type { Config } from '../../config/settings/schema.ts';
import type { RedisTls } from '../../redis/redis-link.ts';
import { readCertificates } from './certificates.ts';
import { readTlsIdentity } from './tls-identity.ts';

/**
 * Reads what TLS to Redis needs besides Node's own authorities.
 * @throws {CertificateError}
 */
export async function readRedisTls({ caFile, certFile, keyFile }: Config['redis']): Promise<RedisTls> {
  const [ca, identity] = await Promise.all([
    readCertificates(caFile),
    readTlsIdentity({ certFile, keyFile, clientCaFile: undefined }),
  ]);
  return { ca, identity };
}
