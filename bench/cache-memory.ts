import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from './checkout.ts';
import { freePort } from './free-port.ts';
import { cmuProxyPeers } from './peers/cmu-proxy.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { get, MIB } from './session.ts';
import { dcrServer } from './upstream.ts';

/**
 * Whether the cache keeps its bound where it hurts: 10,000 different reports through 64 MiB, then reports of 500 MB, which must
 * not enter and hardly be noticed:
 *
 *     node bench/cache-memory.ts [CHECKOUT]
 *
 * Without a checkout that is compiled already, it compiles this one. Prints a table, and ends with 1 if a bound is broken. About half a minute.
 */
const CACHE_MIB = 64;
const REPORTS = 10_000;
const CONCURRENT = 16;
const HUGE_BYTES = 500_000_000;
/** Resident memory that 500 MB may add, however it is framed. */
const MOST_GROWTH_MIB = 64;
/** Young objects, and evicted reports that the garbage collector has not come to, are there besides what is stored. */
const MOST_OVERHEAD_MIB = 48;
/** As in the image. */
const NODE_OPTIONS = '--max-semi-space-size=16';

const PREFIX = '/cmu/v2/year/month/day';
const piece = randomBytes(65_536);

/** Answers reports that do not compress, from 1 to 40 kB, each with its own bytes; and huge ones, by length, in chunks and in gzip. */
function answer(response: ServerResponse, target: string): void {
  const url = new URL(target, 'http://localhost');
  if (url.pathname.endsWith('/huge')) {
    answerHuge(response, url.searchParams.get('framing') ?? 'length');
    return;
  }
  const seed = Number(url.searchParams.get('limit'));
  const start = (seed * 7919) % 20_000;
  const noise = piece.subarray(start, start + 1_000 + ((seed * 104_729) % 39_000));
  const body = gzipSync(`{"seed":${seed},"report":"${noise.toString('base64')}"}`, { level: 1 });
  const headers = ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'];
  const noStore = url.searchParams.has('no-store') ? ['Cache-Control', 'no-store'] : [];
  response.writeHead(200, [...headers, 'Content-Length', String(body.length), ...noStore]).end(body);
}

function answerHuge(response: ServerResponse, framing: string): void {
  let left = HUGE_BYTES;
  const length = framing === 'length' ? ['Content-Length', String(HUGE_BYTES)] : [];
  response.writeHead(200, ['Content-Type', 'text/csv', ...length]);
  const more = (): void => {
    while (left > 0) {
      const bytes = piece.subarray(0, Math.min(left, piece.length));
      left -= bytes.length;
      if (!response.write(bytes)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

/** Reads an answer without keeping it. */
const drain = (url: string, agent?: http.Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = http.get(
      url,
      { agent: agent ?? false, headers: { 'accept-encoding': 'gzip' } },
      (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.on('error', reject);
        response.on('end', () => (response.statusCode === 200 ? resolve(bytes) : reject(new Error(url))));
      },
    );
    request.on('error', reject);
  });

async function each(count: number, run: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
}

const mib = (bytes: number): number => Math.round((bytes / MIB) * 10) / 10;

let broken = 0;
const row = (what: string, value: string, bound: string, holds: boolean): void => {
  if (!holds) broken++;
  process.stdout.write(`| ${what} | ${value} | ${bound} | ${holds ? 'holds' : 'BROKEN'} |\n`);
};

/** Reads one of the proxy's own figures. */
type Metric = (name: string) => Promise<number>;

async function passHuge(server: ServerProcess, origin: string, metric: Metric, when: string): Promise<void> {
  // Connected, and holding a token.
  await drain(`${origin}${PREFIX}?limit=1`);
  const entries = await metric('cmu_proxy_cache_entries');
  for (const framing of ['length', 'chunked']) {
    server.resetPeak();
    const before = server.residentBytes();
    const bytes = await drain(`${origin}${PREFIX}/huge?framing=${framing}`);
    const grown = mib(server.peakBytes() - before);
    const holds = grown <= MOST_GROWTH_MIB && bytes === HUGE_BYTES;
    row(`500 MB ${when}, framed by ${framing}: peak growth`, `${grown} MiB`, `${MOST_GROWTH_MIB} MiB`, holds);
  }
  const moved = (await metric('cmu_proxy_cache_entries')) - entries;
  row(`entries that came or went for the 500 MB`, String(moved), '0', moved === 0);
}

async function measure(server: ServerProcess, origin: string, adminOrigin: string): Promise<void> {
  const metric: Metric = async (name) => {
    const { body } = await get(`${adminOrigin}/metrics`);
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body.toString())?.[1] ?? Number.NaN);
  };
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENT });
  process.stdout.write('| what | measured | bound | |\n| --- | --- | --- | --- |\n');

  await passHuge(server, origin, metric, 'in a process that has just started');
  // Whatever grows with traffic alone has grown then.
  await each(2_000, (i) => drain(`${origin}${PREFIX}?no-store=1&limit=${i}`, agent));
  const idle = server.residentBytes();
  row('resident after 2,000 reports that are not stored', `${mib(idle)} MiB`, 'none', true);

  let sent = 0;
  let mostHeld = 0;
  let mostResident = 0;
  await each(REPORTS, async (i) => {
    const bytes = await drain(`${origin}${PREFIX}?limit=${i}`, agent);
    sent += bytes;
    if (i % 500 !== 499) return;
    mostHeld = Math.max(mostHeld, await metric('cmu_proxy_cache_bytes'));
    mostResident = Math.max(mostResident, server.residentBytes());
  });
  agent.destroy();
  const bound = CACHE_MIB * MIB;
  row(
    `${REPORTS} reports, bytes received`,
    `${mib(sent)} MiB`,
    `above ${2 * CACHE_MIB} MiB`,
    sent > 2 * bound,
  );
  row('most `cmu_proxy_cache_bytes`', `${mib(mostHeld)} MiB`, `${CACHE_MIB} MiB`, mostHeld <= bound);
  row('evictions', String(await metric('cmu_proxy_cache_evictions_total')), 'some', mostHeld > 0.8 * bound);
  const growth = mostResident - idle;
  const most = CACHE_MIB + MOST_OVERHEAD_MIB;
  row('most resident growth meanwhile', `${mib(growth)} MiB`, `${most} MiB`, mib(growth) <= most);

  await passHuge(server, origin, metric, 'past a full cache');
}

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
if (process.argv[2] === undefined) build(root);
const dir = mkdtempSync(join(tmpdir(), 'cmu-proxy-cache-memory-'));
const dcr = await dcrServer(86_400);
const upstream = http.createServer((request, response) => answer(response, request.url ?? ''));
await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done));
const port = await freePort();
const plain = { port: (upstream.address() as AddressInfo).port, caFile: undefined };
const context = {
  dir,
  port,
  upstream: plain,
  secureUpstream: plain,
  dcrPort: (dcr.address() as AddressInfo).port,
  shortLivedDcrPort: 0,
};
const command = cmuProxyPeers(root).caching.prepare(context);
const readyUrl = command.readyUrl ?? '';
const server = await startServer({
  command: {
    ...command,
    env: { ...command.env, NODE_OPTIONS, CMU_PROXY_CACHE_MAX_BYTES: String(CACHE_MIB * MIB) },
  },
  dir,
  core: 0,
  readyUrl,
});
try {
  await measure(server, `http://127.0.0.1:${port}`, new URL(readyUrl).origin);
} finally {
  await server.stop();
  for (const it of [dcr, upstream]) {
    it.close();
    it.closeAllConnections();
  }
  rmSync(dir, { recursive: true, force: true });
}
process.exitCode = broken === 0 ? 0 : 1;
