import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from './installed.ts';
import type { Peer } from './peer.ts';

export const caddy: Peer = {
  name: 'caddy',
  abilities: ['pass', 'stream'],
  setUp: 'reverse_proxy, no access log, GOMAXPROCS=1',
  version: () => versionOf('caddy', ['version'], /v?(\d\S*)/),
  prepare(context) {
    const path = join(context.dir, 'Caddyfile');
    writeFileSync(
      path,
      `{
  admin off
  auto_https off
}
http://127.0.0.1:${context.port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${context.upstreamPort} {
    header_up Authorization "Bearer bench"
    transport http {
      keepalive_idle_conns_per_host 64
      compression off
    }
  }
}
`,
    );
    return {
      command: 'caddy',
      args: ['run', '--config', path, '--adapter', 'caddyfile'],
      env: { XDG_DATA_HOME: context.dir, XDG_CONFIG_HOME: context.dir, GOMAXPROCS: '1' },
    };
  },
};
