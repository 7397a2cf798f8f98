import net from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/**
 * Requests at a fixed rate, each timed from the moment it was *meant* to be sent: a server that stalls cannot slow the
 * questions down and so hide its stall ("coordinated omission"). Run as a process of its own, beside the upstream:
 *
 *     node bench/open-loop.ts URL REQUESTS_PER_SECOND SECONDS CONNECTIONS
 *
 * Prints one JSON object, an `OpenLoopResult`.
 */
export interface OpenLoopResult {
  readonly requests: number;
  /** Answers that were not 200, and connections that broke. */
  readonly failures: number;
  /** Milliseconds from the intended time of sending to the last byte of the answer. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** How late the generator itself was, p99 in milliseconds: what of the above is not the server's. */
  readonly ownLatenessP99: number;
}

/** The value below which the share `quantile` of the sorted values lies. */
export function percentile(sorted: Float64Array, quantile: number): number {
  const index = Math.min(sorted.length - 1, Math.ceil(quantile * sorted.length) - 1);
  return sorted[Math.max(0, index)] ?? Number.NaN;
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** One keep-alive connection that has at most one request in flight. */
class Connection {
  readonly #socket: net.Socket;
  #expected = -1;
  #received = 0;
  #status = 0;
  #done: ((ok: boolean) => void) | undefined;

  constructor(port: number, host: string) {
    this.#socket = net.connect({ port, host, noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => this.#finish(false));
    this.#socket.on('close', () => this.#finish(false));
  }

  send(request: string, done: (ok: boolean) => void): void {
    this.#expected = -1;
    this.#received = 0;
    this.#done = done;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#done = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#expected < 0) {
      const headEnd = chunk.indexOf('\r\n\r\n');
      const head = chunk.toString('latin1', 0, headEnd);
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      this.#status = Number(head.slice(9, 12));
      this.#expected = length === undefined ? Number.POSITIVE_INFINITY : headEnd + 4 + Number(length);
    }
    const lastChunk = this.#expected === Number.POSITIVE_INFINITY && chunk.subarray(-5).equals(LAST_CHUNK);
    if (this.#received >= this.#expected || lastChunk) this.#finish(this.#status === 200);
  }

  #finish(ok: boolean): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(ok);
  }
}

async function main(
  target: string,
  rate: number,
  seconds: number,
  connections: number,
): Promise<OpenLoopResult> {
  const url = new URL(target);
  const request = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: application/json\r\n\r\n`;
  const idle = Array.from({ length: connections }, () => new Connection(Number(url.port), url.hostname));
  const all = [...idle];
  const total = Math.floor(rate * seconds);
  const latencies = new Float64Array(total);
  const lateness = new Float64Array(total);
  const due: number[] = [];
  let asked = 0;
  let answered = 0;
  let failures = 0;
  const ticker = new Worker(new URL(import.meta.url), { workerData: { intervalMs: 1000 / rate, total } });

  await new Promise<void>((resolve) => {
    const next = (): void => {
      while (due.length > 0) {
        const connection = idle.pop();
        if (connection === undefined) return; // all are busy: those due go on waiting, and their time runs
        const intended = due.shift() ?? 0;
        lateness[asked++] = performance.timeOrigin + performance.now() - intended;
        connection.send(request, (ok) => {
          latencies[answered++] = performance.timeOrigin + performance.now() - intended;
          if (!ok) failures++;
          idle.push(connection);
          if (answered === total) resolve();
          else next();
        });
      }
    };
    ticker.on('message', (intended: number) => {
      due.push(intended);
      next();
    });
    setTimeout(resolve, seconds * 1000 + 5000).unref();
  });
  for (const connection of all) connection.close();
  await ticker.terminate();
  const sorted = latencies.subarray(0, answered).sort();
  return {
    requests: answered,
    failures: failures + total - answered,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: percentile(sorted, 1),
    ownLatenessP99: percentile(lateness.subarray(0, asked).sort(), 0.99),
  };
}

/** The clock of the generator: timers of an event loop tick in whole milliseconds, `Atomics.wait` does not. */
function tick(port: NonNullable<typeof parentPort>, intervalMs: number, total: number): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const now = (): number => performance.timeOrigin + performance.now();
  const start = now() + 200;
  for (let sent = 0; sent < total; sent++) {
    const intended = start + sent * intervalMs;
    const wait = intended - now();
    if (wait > 0) Atomics.wait(never, 0, 0, wait);
    port.postMessage(intended);
  }
}

if (!isMainThread && parentPort !== null) {
  tick(parentPort, workerData.intervalMs, workerData.total);
} else if (import.meta.main) {
  const [url = '', rate, seconds, connections] = process.argv.slice(2);
  console.log(JSON.stringify(await main(url, Number(rate), Number(seconds), Number(connections))));
}
