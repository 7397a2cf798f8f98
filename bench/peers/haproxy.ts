import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from './installed.ts';
import type { Peer, PeerContext } from './peer.ts';

const version = () => versionOf('haproxy', ['-v'], /version (\S+)/);

function prepare(context: PeerContext, extra: { cache: string; rules: string }) {
  const path = join(context.dir, 'haproxy.cfg');
  const { port, caFile } = context.upstream;
  const tls =
    caFile === undefined
      ? ''
      : ` ssl verify required ca-file ${caFile} sni str(localhost) verifyhost localhost`;
  writeFileSync(
    path,
    `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
${extra.cache}
frontend public
  bind 127.0.0.1:${context.port} backlog 4096
${extra.rules}
  default_backend reports
backend reports
  http-reuse always
  http-request set-header Authorization "Bearer bench"
  server upstream 127.0.0.1:${port} pool-max-conn 64${tls}
`,
  );
  return { command: 'haproxy', args: ['-f', path, '-db', '-q'] };
}

export const haproxy: Peer = {
  name: 'haproxy',
  abilities: ['pass', 'stream'],
  setUp: '1 thread, keep-alive upstream',
  version,
  prepare: (context) => prepare(context, { cache: '', rules: '' }),
};

export const haproxyCache: Peer = {
  name: 'haproxy cache',
  abilities: ['cache'],
  setUp: 'as haproxy, and a 64 MB cache with max-age 3600\n  process-vary on',
  version,
  prepare: (context) =>
    prepare(context, {
      cache:
        'cache reports\n  total-max-size 64\n  max-object-size 1000000\n  max-age 3600\n  process-vary on',
      rules: '  http-request cache-use reports\n  http-response cache-store reports',
    }),
};
