import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from './installed.ts';
import type { Peer } from './peer.ts';

export const varnish: Peer = {
  name: 'varnish',
  abilities: ['cache', 'decode'],
  setUp: 'malloc 64 MB, 1 pool, beresp.ttl 1 h; stores gzip, decodes for identity callers',
  version: () => versionOf('varnishd', ['-V'], /varnish-(\S+)/),
  prepare(context) {
    const path = join(context.dir, 'bench.vcl');
    writeFileSync(
      path,
      `vcl 4.1;
backend reports { .host = "127.0.0.1"; .port = "${context.upstream.port}"; }
sub vcl_recv { return (hash); }
sub vcl_backend_fetch { set bereq.http.Authorization = "Bearer bench"; }
sub vcl_backend_response { if (!beresp.http.Cache-Control) { set beresp.ttl = 1h; } set beresp.grace = 1h; }
`,
    );
    return {
      command: 'varnishd',
      args: [
        ...[
          '-F',
          '-j',
          'none',
          '-n',
          join(context.dir, 'work'),
          '-a',
          `127.0.0.1:${context.port}`,
          '-f',
          path,
        ],
        ...['-s', 'malloc,64m', '-p', 'thread_pools=1', '-p', 'thread_pool_min=50'],
      ],
    };
  },
};
