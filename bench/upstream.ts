import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { freePort } from './free-port.ts';
import type { PeerContext } from './peers/peer.ts';

/** What the report server answers, by path. Only the path's meaning is Adobe's; the answers are constant files. */
export const paths = {
  /** About 4 kB of HAL JSON, gzip when asked. */
  report: '/cmu/v2/year/month/day/tenant/mvpd',
  /** The same report with `Cache-Control: max-age=1`. */
  shortLived: '/cmu/v2/year/month/day/hour',
  /** The first report, never compressed. */
  plain: '/cmu/v2/year/month/day/tenant/channel',
  /** 65 MB, never compressed. */
  large: '/cmu/v2/year/month/day/hour/tenant/mvpd',
} as const;

export const LARGE_BYTES = 65_000_000;

/** A running stand-in for Adobe: reports from one process on the load's core, DCR from this one. */
export interface Upstream {
  /** Where it is to be found, for a peer. */
  readonly endpoints: Omit<PeerContext, 'dir' | 'port'>;
  /** The report as an identity caller must receive it. */
  readonly report: Buffer;
  stop(): Promise<void>;
}

function halReport(rows: number): string {
  const report = Array.from({ length: rows }, (_, row) => ({
    ...{ year: '2023', month: '11', day: String(row + 1), tenant: `Tenant${row % 7}` },
    ...{ mvpd: `Mvpd_${(row * 7919) % 101}`, 'active-users': String((row * 104_729) % 9973) },
    ...{
      'active-sessions': String((row * 1_299_709) % 99_991),
      'started-sessions': String((row * 611_953) % 99_991),
    },
  }));
  const self = `${paths.report}?start=2023-11-01T00:00:00&end=2023-12-01T00:00:00&limit=1000&metrics=active-users`;
  return JSON.stringify({
    _links: { self: { href: self }, 'roll-up': { href: '/cmu/v2/year/month/day/tenant', name: 'tenant' } },
    report,
  });
}

/** A certificate for this machine that is its own authority. */
function selfSigned(dir: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const { status, stderr } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-out', cert, '-keyout', key],
  ]);
  if (status !== 0) throw new Error(`openssl is needed for a certificate: ${stderr}`);
  return { cert, key };
}

/** Static files from nginx: several times as quick as any server under test, so that it limits none of them. */
function writeReportServer(
  dir: string,
  port: number,
  securePort: number,
): { conf: string; report: Buffer; caFile: string } {
  const www = join(dir, 'www');
  mkdirSync(www, { recursive: true });
  const report = Buffer.from(halReport(26));
  writeFileSync(join(www, 'report.json'), report);
  writeFileSync(join(www, 'report.json.gz'), gzipSync(report));
  const row = '{"year":"2023","month":"11","day":"4","tenant":"Tenant3","active-users":"9973"},';
  writeFileSync(
    join(www, 'large.json'),
    `[${row.repeat(LARGE_BYTES / row.length)}`.padEnd(LARGE_BYTES - 1).concat(']'),
  );
  const identity = selfSigned(dir);
  const conf = join(dir, 'upstream.conf');
  writeFileSync(
    conf,
    `worker_processes 1; daemon off; pid upstream.pid; error_log /dev/null;
events { worker_connections 8192; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 600s;
  open_file_cache max=100; default_type application/json; gzip_vary on;
  client_body_temp_path body; proxy_temp_path temp; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096; root ${www};
    listen 127.0.0.1:${securePort} ssl backlog=4096;
    ssl_certificate ${identity.cert}; ssl_certificate_key ${identity.key}; ssl_protocols TLSv1.3;
    location = ${paths.large} { try_files /large.json =404; }
    location = ${paths.plain} { try_files /report.json =404; }
    location = ${paths.shortLived} { add_header Cache-Control max-age=1; gzip_static on; try_files /report.json =404; }
    location / { gzip_static on; try_files /report.json =404; }
  }
}
`,
  );
  return { conf, report, caFile: identity.cert };
}

/** The two DCR calls, answered 201 as Adobe does (`docs/adobe.md` §3, §4). */
export function dcrServer(expiresInSeconds: number): Promise<http.Server> {
  let issued = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    const now = Date.now();
    const answer = request.url?.startsWith('/o/client/register')
      ? {
          client_id: 'bench',
          client_secret: 'bench-secret',
          grant_types: ['client_credentials'],
          client_id_issued_at: now,
        }
      : {
          id: String(++issued),
          access_token: `bench-token-${issued}`.padEnd(700, '-'),
          created_at: now,
          expires_in: expiresInSeconds,
          token_type: 'bearer',
        };
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const portOf = (server: http.Server): number => (server.address() as AddressInfo).port;

/**
 * Starts the upstream.
 *
 * @param core the core that upstream and load share
 * @throws Error without nginx: a Node upstream would itself be the limit of every case
 */
export async function startUpstream(dir: string, core: number): Promise<Upstream> {
  if (spawnSync('nginx', ['-v']).error !== undefined)
    throw new Error('nginx is needed as the upstream (apt-get install nginx-light)');
  const port = await freePort();
  const securePort = await freePort();
  const { conf, report, caFile } = writeReportServer(dir, port, securePort);
  const child = spawn('taskset', ['-c', String(core), 'nginx', '-p', dir, '-e', 'stderr', '-c', conf], {
    stdio: 'inherit',
  });
  const [dcr, shortLivedDcr] = await Promise.all([dcrServer(86_400), dcrServer(3)]);
  await sleep(300);
  return {
    endpoints: {
      upstream: { port, caFile: undefined },
      secureUpstream: { port: securePort, caFile },
      dcrPort: portOf(dcr),
      shortLivedDcrPort: portOf(shortLivedDcr),
    },
    report,
    async stop() {
      for (const server of [dcr, shortLivedDcr]) {
        server.close();
        server.closeAllConnections();
      }
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}
