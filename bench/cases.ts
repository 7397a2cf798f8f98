import { setTimeout as sleep } from 'node:timers/promises';
import type { Ability } from './peers/peer.ts';
import {
  atFixedRate,
  atFixedRateAsItIs,
  checkReport,
  FIXED_RATE,
  get,
  latency,
  type Metrics,
  MIB,
  type Session,
  saturate,
  throughput,
} from './session.ts';
import { LARGE_BYTES, paths } from './upstream.ts';

/** One question that is put to every server that has the ability. */
export interface Case {
  readonly name: string;
  readonly title: string;
  /** undefined: every server, the empty one included. */
  readonly needs: Ability | undefined;
  /** The server that all others are compared with. */
  readonly reference: string;
  readonly metrics: Metrics;
  /** @throws Error when the server gives a wrong answer: a wrong answer has no speed */
  measure(session: Session): Promise<Readonly<Record<string, number>>>;
}

const SLOW_BYTES_PER_SECOND = 1024;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const streaming = {
  speed: { unit: 'MB/s', better: 'higher' },
  'RSS growth': { unit: 'MiB', better: 'lower' },
} as const satisfies Metrics;

const passed: Case['measure'] = async (session) => {
  await checkReport(session, paths.plain);
  return saturate(session, paths.plain);
};

const streamed: Case['measure'] = async ({ server, load, origin, seconds }) => {
  server.resetPeak();
  const before = server.residentBytes();
  const downloads = await load.download(origin + paths.large, 4 + 2 * seconds);
  if (downloads.some(({ bytes }) => bytes < LARGE_BYTES)) throw new Error('a download ended early');
  return {
    speed: median(downloads.map((download) => LARGE_BYTES / 1e6 / download.seconds)),
    'RSS growth': Math.max(0, server.peakBytes() - before) / MIB,
  };
};

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
    name: 'latency-new',
    title: `Small report passed through, at ${FIXED_RATE} requests/s, in the first seconds of a process`,
    needs: 'pass',
    reference: 'nginx',
    metrics: latency,
    measure: (session) => atFixedRateAsItIs(session, paths.plain, session.seconds),
  },
  {
    name: 'pass',
    title: 'Small report (4 kB), passed through',
    needs: 'pass',
    reference: 'nginx',
    metrics: throughput,
    measure: passed,
  },
  {
    name: 'pass-tls',
    title: 'The same from an upstream over TLS, its certificate verified, as Adobe is',
    needs: 'pass-tls',
    reference: 'nginx over TLS',
    metrics: throughput,
    measure: passed,
  },
  {
    name: 'pass-gzip',
    title:
      'The same from an upstream that compresses for whoever asks it to, for callers who take no gzip (cmu-proxy asks)',
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
    measure: (session) => atFixedRate(session, paths.plain, session.seconds),
  },
  {
    name: 'latency-rotating',
    title: `The same while the bearer token is renewed every few seconds`,
    needs: 'rotate',
    reference: 'nginx',
    metrics: latency,
    measure: (session) => atFixedRate(session, paths.plain, Math.max(4, session.seconds)),
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
    name: 'latency-renewing',
    title: `The same while the report expires every second and the bearer token is renewed every few seconds`,
    needs: 'rotate-cache',
    reference: 'nginx cache',
    metrics: latency,
    measure: (session) => atFixedRate(session, paths.shortLived, Math.max(8, session.seconds)),
  },
  {
    name: 'stream',
    title: '65 MB report, one download after another',
    needs: 'stream',
    reference: 'nginx',
    metrics: streaming,
    measure: streamed,
  },
  {
    name: 'stream-tls',
    title: 'The same from an upstream over TLS, its certificate verified',
    needs: 'stream-tls',
    reference: 'nginx over TLS',
    metrics: streaming,
    measure: streamed,
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
