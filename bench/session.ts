import http from 'node:http';
import type { Load, SaturateOptions } from './load.ts';
import type { ServerProcess } from './server-process.ts';

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

export type Metrics = Readonly<Record<string, Metric>>;

export const MIB = 1024 * 1024;
const WARM_UP_REQUESTS = 100_000;
const MOST_WARM_UP_BURSTS = 6;
/** Requests a second of the latency cases. */
export const FIXED_RATE = 2000;

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One GET on a connection of its own. */
export function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
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

/** @throws Error unless the path is answered with the report as it is */
export async function checkReport({ origin, report }: Session, path: string): Promise<Answer> {
  const answer = await get(origin + path);
  if (answer.status !== 200 || !answer.body.equals(report)) {
    throw new Error(`wrong answer: ${answer.status}, ${answer.body.length} bytes for ${report.length}`);
  }
  return answer;
}

/** What `saturate` measures. */
export const throughput = {
  'req/s': { unit: 'req/s', better: 'higher' },
  CPU: { unit: 'µs/req', better: 'lower' },
  peak: { unit: 'MiB RSS', better: 'lower' },
} as const satisfies Metrics;

/** What `atFixedRate` measures. */
export const latency = {
  p50: { unit: 'ms', better: 'lower' },
  p99: { unit: 'ms', better: 'lower' },
  'p99.9': { unit: 'ms', better: 'lower' },
  'generator p99': { unit: 'ms late', better: 'lower' },
} as const satisfies Metrics;

/** So many requests that V8 has compiled what is hot, also on a machine that is busy with other things. */
async function warmUp({ load, origin }: Session, path: string, options: Omit<SaturateOptions, 'seconds'>) {
  let requests = 0;
  for (let burst = 0; burst < MOST_WARM_UP_BURSTS && requests < WARM_UP_REQUESTS; burst++) {
    requests += (await load.saturate(origin + path, { ...options, seconds: 1 })).requests;
  }
}

/** As many requests as go through; warmed up before. @throws Error if one failed */
export async function saturate(
  session: Session,
  path: string,
  options: Omit<SaturateOptions, 'seconds'> = {},
) {
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

/** Latency of a server that is warmed up, as it is a minute after its start. @throws Error if one request failed */
export async function atFixedRate(session: Session, path: string, seconds: number) {
  await warmUp(session, path, {});
  return atFixedRateAsItIs(session, path, seconds);
}

/** The same of a server as it is. */
export async function atFixedRateAsItIs(session: Session, path: string, seconds: number) {
  await checkReport(session, path);
  const result = await session.load.atFixedRate(session.origin + path, FIXED_RATE, seconds);
  if (result.failures > 0) throw new Error(`${result.failures} of ${result.requests} requests failed`);
  return { p50: result.p50, p99: result.p99, 'p99.9': result.p999, 'generator p99': result.ownLatenessP99 };
}
