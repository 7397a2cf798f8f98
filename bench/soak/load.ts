import { Agent, get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Outcome, Tally } from './tally.ts';

/** How long a caller waits. Longer than any time-out of the proxy: it has to give up first. */
const PATIENCE_MS = 30_000;

export interface LoadOptions {
  /** With the prefix, such as `http://127.0.0.1:8080/cmu/v2`. */
  readonly url: string;
  readonly requestsPerSecond: number;
  readonly tally: Tally;
  readonly random: () => number;
  /** Whether a process is up and has not been told to stop. */
  readonly isUp: () => boolean;
}

export interface Load {
  /** Sends no more; resolves when every call is counted. */
  stop(): Promise<void>;
}

/** Calls at a constant rate whatever comes back, as many tools together do. */
export const startLoad = (options: LoadOptions): Load => {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * options.requestsPerSecond;
    for (; sent < due; sent++) {
      const call = callOnce(options, agent).finally(() => pending.delete(call));
      pending.add(call);
    }
  }, 10);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
      agent.destroy();
    },
  };
};

const callOnce = async (options: LoadOptions, agent: Agent): Promise<void> => {
  const { random, tally, isUp } = options;
  const target = `/year/month/day?limit=${1 + Math.floor(random() * 40)}`;
  const headers: Record<string, string> = {};
  if (random() < 0.5) headers['cache-control'] = 'no-cache';
  if (random() < 0.5) headers['accept-encoding'] = 'gzip';
  const startedAt = performance.now();
  let outcome = await attempt(options, target, headers, agent);
  if (outcome === 'repeat') {
    tally.repeated++;
    outcome = await attempt(options, target, headers, new Agent({ keepAlive: false }));
  }
  if (outcome === 'repeat') outcome = { kind: 'lost', why: 'a new connection ended without an answer' };
  if (outcome.kind === 'refused' && isUp()) outcome = { kind: 'lost', why: 'refused while up' };
  tally.count(outcome, performance.now() - startedAt);
};

const attempt = (
  { url, isUp }: LoadOptions,
  target: string,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
): Promise<Outcome | 'repeat'> =>
  new Promise((resolve) => {
    const request = get(url + target, { agent, headers, timeout: PATIENCE_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve({ kind: 'torn' }));
      response.on('end', () => resolve(judge(response, Buffer.concat(chunks), target)));
    });
    request.on('timeout', () => {
      resolve({ kind: 'lost', why: `no answer within ${PATIENCE_MS} ms` });
      request.destroy();
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve({ kind: 'refused' });
      // The kernel had taken the connection up for a listener that was closed before it did.
      else if (error.code === 'ECONNRESET' && !request.reusedSocket && !isUp()) resolve({ kind: 'refused' });
      // A kept connection that was closed as the request was on its way.
      else if (request.reusedSocket) resolve('repeat');
      else resolve({ kind: 'lost', why: error.code ?? error.message });
    });
  });

const judge = (response: IncomingMessage, body: Buffer, target: string): Outcome => {
  const { statusCode = 0, headers } = response;
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
  if (statusCode !== 200) {
    const name = /"type":"urn:cmu-proxy:problem:([a-z-]+)"/.exec(text)?.[1];
    return { kind: 'told', as: name ?? `${statusCode} of the API` };
  }
  const limit = target.slice(target.indexOf('=') + 1);
  const right = text.endsWith('}') && text.includes(`limit=${limit}&`) && text.includes('"report":[');
  return right ? { kind: 'report' } : { kind: 'lost', why: 'a report that is not the one asked for' };
};
