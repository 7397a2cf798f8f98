import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server that people put before the proxy. */
export interface Front {
  readonly name: string;
  readonly packages: readonly string[];
  /** @returns the command that serves on `port` what the proxy at `upstream` (host and port) answers */
  command(dir: string, port: number, upstream: string): readonly string[];
}

const written = (dir: string, name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};

export const FRONTS: readonly Front[] = [
  {
    name: 'nginx',
    packages: ['nginx-light'],
    command: (dir, port, upstream) => [
      ...['nginx', '-p', dir, '-e', 'stderr', '-c'],
      written(
        dir,
        'nginx.conf',
        `daemon off; pid nginx.pid; events {}
http { access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://${upstream}; proxy_http_version 1.1; } } }
`,
      ),
    ],
  },
  {
    name: 'haproxy',
    packages: ['haproxy'],
    command: (dir, port, upstream) => [
      ...['haproxy', '-db', '-q', '-f'],
      written(
        dir,
        'haproxy.cfg',
        `defaults
  mode http
  timeout connect 5s
  timeout client 100s
  timeout server 100s
listen reports
  bind 127.0.0.1:${port}
  server proxy ${upstream}
`,
      ),
    ],
  },
  {
    name: 'caddy',
    packages: ['caddy'],
    command: (dir, port, upstream) => [
      ...['caddy', 'run', '--adapter', 'caddyfile', '--config'],
      written(
        dir,
        'Caddyfile',
        `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy ${upstream}
}
`,
      ),
    ],
  },
  {
    name: 'apache',
    packages: ['apache2'],
    command: (dir, port, upstream) => [
      ...['apache2', '-D', 'FOREGROUND', '-f'],
      written(
        dir,
        'apache.conf',
        `ServerRoot ${dir}
ServerName localhost
PidFile ${dir}/apache.pid
ErrorLog ${dir}/error.log
Mutex file:${dir}
Listen 127.0.0.1:${port}
${['mpm_event', 'proxy', 'proxy_http', 'authz_core']
  .map((it) => `LoadModule ${it}_module /usr/lib/apache2/modules/mod_${it}.so`)
  .join('\n')}
ProxyPass / http://${upstream}/
`,
      ),
    ],
  },
  {
    name: 'varnish',
    packages: ['varnish'],
    command: (dir, port, upstream) => [
      ...['varnishd', '-F', '-j', 'none', '-n', join(dir, 'work'), '-a', `127.0.0.1:${port}`],
      ...['-b', upstream, '-s', 'malloc,16m'],
    ],
  },
];
