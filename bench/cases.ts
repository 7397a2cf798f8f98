import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load, SaturateOptions } from './load.ts';
import type { Ability } from './peers/peer.ts';
import type { ServerProcess } from './server-process.ts';
import { LARGE_BYTES, paths } from './upstream.ts';

/** What a case works with: one started server and the means to load it. */
export interface Session {
  readonly server: ServerProcess;
  readonly load: Load;
  /** `http://127.0.0.1:PORT` of the server under test. */
  readonly origin: string;
  /** The report as an identity caller must receive it. */
  readonly report: Buffer;
  readonly seconds: number;
  /** Connections for the cases that only hold them open. */
  readonly openConnections: number;
}

/** One figure of a case. */
export interface Metric {
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

/** One question that is put to every server that has the ability. */
export interface Case {
  readonly name: string;
  readonly title: string;
  /** undefined: every server, the empty one included. */
  readonly needs: Ability | undefined;
  /** The server that all others are compared with. */
  readonly reference: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** @throws Error when the server gives a wrong answer: a wrong answer has no speed */
  measure(session: Session): Promise<Readonly<Record<string, number>>>;
}

const MIB = 1024 * 1024;
const WARM_UP_REQUESTS = 20_000;
const MOST_WARM_UP_BURSTS = 6;
const FIXED_RATE = 2000;
const SLOW_BYTES_PER_SECOND = 1024;

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
  });
}

async function checkReport({ origin, report }: Session, path: string): Promise<Answer> {
  const answer = await get(origin + path);
  if (answer.status !== 200 || !answer.body.equals(report)) {
    throw new Error(`wrong answer: ${answer.status}, ${answer.body.length} bytes for ${report.length}`);
  }
  return answer;
}

const throughput = {
  'req/s': { unit: 'req/s', better: 'higher' },
  CPU: { unit: 'µs/req', better: 'lower' },
  peak: { unit: 'MiB RSS', better: 'lower' },
} as const satisfies Case['metrics'];

const latency = {
  p50: { unit: 'ms', better: 'lower' },
  p99: { unit: 'ms', better: 'lower' },
  'p99.9': { unit: 'ms', better: 'lower' },
  'generator p99': { unit: 'ms late', better: 'lower' },
} as const satisfies Case['metrics'];

/** So many requests that V8 has compiled what is hot, also on a machine that is busy with other things. */
async function warmUp({ load, origin }: Session, path: string, options: Omit<SaturateOptions, 'seconds'>) {
  let requests = 0;
  for (let burst = 0; burst < MOST_WARM_UP_BURSTS && requests < WARM_UP_REQUESTS; burst++) {
    requests += (await load.saturate(origin + path, { ...options, seconds: 1 })).requests;
  }
}

async function saturate(session: Session, path: string, options: Omit<SaturateOptions, 'seconds'> = {}) {
  const { server, load, origin, seconds } = session;
  await warmUp(session, path, options);
  server.resetPeak();
  const cpuBefore = server.cpuSeconds();
  const result = await load.saturate(origin + path, { ...options, seconds });
  if (result.requests === 0) throw new Error('no request was answered');
  if (result.failures > 0) throw new Error(`${result.failures} of ${result.requests} requests failed`);
  return {
    'req/s': result.requestsPerSecond,
    CPU: ((server.cpuSeconds() - cpuBefore) * 1e6) / result.requests,
    peak: server.peakBytes() / MIB,
  };
}

async function atFixedRate(session: Session, path: string, seconds: number) {
  await checkReport(session, path);
  const result = await session.load.atFixedRate(session.origin + path, FIXED_RATE, seconds);
  if (result.failures > 0) throw new Error(`${result.failures} of ${result.requests} requests failed`);
  return { p50: result.p50, p99: result.p99, 'p99.9': result.p999, 'generator p99': result.ownLatenessP99 };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Every case, in the order in which a server is put through them: what grows its memory comes last. */
export const cases: readonly Case[] = [
  {
    name: 'idle-memory',
    title: 'Memory, idle (one report served)',
    needs: undefined,
    reference: 'nginx',
    metrics: { RSS: { unit: 'MiB', better: 'lower' } },
    async measure({ server, origin }) {
      await get(origin + paths.report);
      await sleep(500);
      return { RSS: server.residentBytes() / MIB };
    },
  },
  {
    name: 'pass',
    title: 'Small report (4 kB), passed through',
    needs: 'pass',
    reference: 'nginx',
    metrics: throughput,
    async measure(session) {
      await checkReport(session, paths.report);
      return saturate(session, paths.report);
    },
  },
  {
    name: 'miss',
    title: 'Small report, each a miss that is stored (gzip throughout)',
    needs: 'cache',
    reference: 'nginx cache',
    metrics: throughput,
    measure: (session) =>
      saturate(session, paths.report, { unique: true, headers: { 'Accept-Encoding': 'gzip' } }),
  },
  {
    name: 'gunzip',
    title: 'Small report, gzip from the upstream, identity to the caller',
    needs: 'decode',
    reference: 'nginx gunzip',
    metrics: throughput,
    async measure(session) {
      await checkReport(session, `${paths.report}?tenant=decoded`);
      return saturate(session, paths.report, { unique: true });
    },
  },
  {
    name: 'hit',
    title: 'Small report from the cache, identity',
    needs: 'cache',
    reference: 'nginx cache',
    metrics: throughput,
    async measure(session) {
      await checkReport(session, paths.report);
      return saturate(session, paths.report);
    },
  },
  {
    name: 'hit-gzip',
    title: 'Small report from the cache, gzip',
    needs: 'cache',
    reference: 'nginx cache',
    metrics: throughput,
    async measure(session) {
      const headers = { 'Accept-Encoding': 'gzip' };
      const { status, headers: answered } = await get(session.origin + paths.report, headers);
      if (status !== 200 || answered['content-encoding'] !== 'gzip')
        throw new Error('the answer is not gzip');
      return saturate(session, paths.report, { headers });
    },
  },
  {
    name: 'not-modified',
    title: 'Small report from the cache, 304 to If-None-Match',
    needs: 'cache',
    reference: 'nginx cache',
    metrics: throughput,
    async measure(session) {
      const { headers: answered } = await checkReport(session, paths.report);
      const headers = { 'If-None-Match': answered.etag ?? '"none"' };
      const { status } = await get(session.origin + paths.report, headers);
      if (status !== 304) throw new Error(`${status} instead of 304`);
      return saturate(session, paths.report, { headers });
    },
  },
  {
    name: 'latency',
    title: `Small report passed through, at ${FIXED_RATE} requests/s, timed from the intended moment`,
    needs: 'pass',
    reference: 'nginx',
    metrics: latency,
    measure: (session) => atFixedRate(session, paths.report, session.seconds),
  },
  {
    name: 'latency-rotating',
    title: `The same while the bearer token is renewed every few seconds`,
    needs: 'rotate',
    reference: 'nginx',
    metrics: latency,
    measure: (session) => atFixedRate(session, paths.report, Math.max(4, session.seconds)),
  },
  {
    name: 'latency-hit',
    title: `Small report from the cache, at ${FIXED_RATE} requests/s`,
    needs: 'cache',
    reference: 'nginx cache',
    metrics: latency,
    measure: (session) => atFixedRate(session, paths.report, session.seconds),
  },
  {
    name: 'latency-expiring',
    title: `The same while the report expires every second`,
    needs: 'cache',
    reference: 'nginx cache',
    metrics: latency,
    measure: (session) => atFixedRate(session, paths.shortLived, Math.max(4, session.seconds)),
  },
  {
    name: 'stream',
    title: '65 MB report, one download after another',
    needs: 'stream',
    reference: 'nginx',
    metrics: {
      speed: { unit: 'MB/s', better: 'higher' },
      'RSS growth': { unit: 'MiB', better: 'lower' },
    },
    async measure({ server, load, origin, seconds }) {
      server.resetPeak();
      const before = server.residentBytes();
      const downloads = await load.download(origin + paths.large, 4 + 2 * seconds);
      if (downloads.some(({ bytes }) => bytes < LARGE_BYTES)) throw new Error('a download ended early');
      return {
        speed: median(downloads.map((download) => LARGE_BYTES / 1e6 / download.seconds)),
        'RSS growth': Math.max(0, server.peakBytes() - before) / MIB,
      };
    },
  },
  {
    name: 'idle-connections',
    title: 'Many idle keep-alive connections',
    needs: 'pass',
    reference: 'nginx',
    metrics: { 'RSS growth': { unit: 'KiB a connection', better: 'lower' } },
    async measure({ server, load, origin, openConnections: count }) {
      const before = server.residentBytes();
      return load.whileOpen({ kind: 'idle', count }, origin + paths.report, async () => {
        await sleep(500);
        return { 'RSS growth': Math.max(0, server.residentBytes() - before) / 1024 / count };
      });
    },
  },
  {
    name: 'slow-readers',
    title: `Many readers of the 65 MB report at ${SLOW_BYTES_PER_SECOND} bytes/s each`,
    needs: 'stream',
    reference: 'nginx',
    metrics: { 'RSS growth': { unit: 'MiB', better: 'lower' } },
    async measure({ server, load, origin, openConnections: count, seconds }) {
      server.resetPeak();
      const before = server.residentBytes();
      const readers = { kind: 'slow', count, bytesPerSecond: SLOW_BYTES_PER_SECOND } as const;
      return load.whileOpen(readers, origin + paths.large, async () => {
        await sleep(seconds * 1000);
        return { 'RSS growth': Math.max(0, server.peakBytes() - before) / MIB };
      });
    },
  },
];
