import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from './installed.ts';
import type { Endpoint, Peer, PeerContext } from './peer.ts';

const version = () => versionOf('nginx', ['-v'], /nginx\/(\S+)/);

/**
 * One worker, keep-alive to both sides. Answers never spill to temporary files: with the default, a slow reader
 * of a large report makes nginx write up to 1 GB to disk, which no sidecar with a read-only file system can.
 */
function configuration(context: PeerContext, http: string, location: string): string {
  const path = join(context.dir, 'nginx.conf');
  writeFileSync(
    path,
    `worker_processes 1; daemon off; pid nginx.pid; error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off; tcp_nodelay on; keepalive_timeout 600s; keepalive_requests 1000000000;
  client_body_temp_path body; proxy_temp_path temp; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream reports { server 127.0.0.1:${context.upstream.port}; keepalive 64; keepalive_requests 1000000000; }
  ${http}
  server {
    listen 127.0.0.1:${context.port} backlog=4096;
    location / {
      proxy_pass ${passTo(context.upstream)}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer bench"; proxy_max_temp_file_size 0;
      ${location}
    }
  }
}
`,
  );
  return path;
}

/** nginx verifies nothing unless it is told to. */
const passTo = ({ caFile }: Endpoint): string =>
  caFile === undefined
    ? 'http://reports'
    : `https://reports; proxy_ssl_verify on; proxy_ssl_protocols TLSv1.3; proxy_ssl_trusted_certificate ${caFile}; proxy_ssl_name localhost`;

const command = (context: PeerContext, conf: string) => ({
  command: 'nginx',
  args: ['-p', context.dir, '-e', 'stderr', '-c', conf],
});

export const nginx: Peer = {
  name: 'nginx',
  abilities: ['pass', 'stream'],
  setUp: 'proxy_pass, 1 worker, keep-alive upstream, no access log',
  version,
  prepare: (context) => command(context, configuration(context, '', '')),
};

export const nginxGunzip: Peer = {
  name: 'nginx gunzip',
  abilities: ['decode'],
  setUp: 'as nginx, and `gunzip on`, asking the upstream for gzip',
  version,
  prepare: (context) =>
    command(context, configuration(context, '', 'gunzip on; proxy_set_header Accept-Encoding gzip;')),
};

export const nginxCache: Peer = {
  name: 'nginx cache',
  abilities: ['cache'],
  setUp: 'as nginx, and proxy_cache (10 MB of keys, files in the page cache), valid for 1 h',
  version,
  prepare: (context) =>
    command(
      context,
      configuration(
        context,
        'proxy_cache_path cache levels=1:2 keys_zone=reports:10m max_size=1g;',
        'proxy_cache reports; proxy_cache_valid 200 1h;',
      ),
    ),
};
