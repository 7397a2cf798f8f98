import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Settings of a listener whose certificate lives for so many days. */
export function makeCertificate(folder: string, days: number): Record<string, string> {
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        String(days),
      ],
      ...[
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        keyFile,
        '-out',
        certFile,
      ],
    ],
    { stdio: 'ignore' },
  );
  return { LISTEN_TLS_CERT_FILE: certFile, LISTEN_TLS_KEY_FILE: keyFile };
}
