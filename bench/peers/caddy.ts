import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from './installed.ts';
import { type Endpoint, type Peer, urlOf } from './peer.ts';

/** Caddy verifies by the name that it is told; without one it sends none for an address. */
const trust = ({ caFile }: Endpoint): string =>
  caFile === undefined ? '' : `      tls_trusted_ca_certs ${caFile}\n      tls_server_name localhost\n`;

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
  reverse_proxy ${urlOf(context.upstream)} {
    header_up Authorization "Bearer bench"
    transport http {
      keepalive_idle_conns_per_host 64
      compression off
${trust(context.upstream)}    }
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
