import { type buildConnector, Dispatcher, Pool } from 'undici';
import { type Milliseconds, seconds } from '../base/units.ts';
import { type ConnectorOptions, connectorTo } from './connector.ts';
import { UpstreamError } from './upstream-error.ts';

/** What is called as a setting of `upstream` means the same. */
export interface ConnectionOptions extends ConnectorOptions {
  readonly maxConnections: number;
  readonly headersTimeoutMs: Milliseconds;
  readonly bodyIdleTimeoutMs: Milliseconds;
  /** How long a connection takes new requests; 30 seconds. A changed DNS record is followed by then. */
  readonly longestAge?: Milliseconds;
}

const LONGEST_AGE: Milliseconds = seconds(30);
/** Idle connections are kept as long as any; the server may ask for less. */
const KEEP_ALIVE = { keepAliveTimeout: LONGEST_AGE, keepAliveMaxTimeout: LONGEST_AGE };
const MAX_HEAD_BYTES = 32_768;

/**
 * The connections to one origin, over HTTP/1.1, one request at a time on each. They are undici's; what is ours is when
 * they are left: together, after a while or when one of them turned out dead. Those that are left finish what they do.
 */
export class Connections extends Dispatcher {
  readonly #options: ConnectionOptions;
  readonly #connect: buildConnector.connector;
  /** Those that were left and are not finished, and the present one. */
  readonly #pools = new Set<Pool>();
  #pool: Pool;
  #renewAt = 0;
  #retired = false;
  #isOpening = false;

  constructor(options: ConnectionOptions) {
    super();
    this.#options = options;
    // One for all pools, as it keeps the TLS sessions.
    const connect = connectorTo(options);
    this.#connect = (target, callback) =>
      connect(target, (...result) => {
        this.#isOpening = true;
        try {
          callback(...result);
        } finally {
          this.#isOpening = false;
        }
      });
    this.#pool = this.#open();
  }

  /** While a request starts: whether it is the first on its connection. */
  get isOpening(): boolean {
    return this.#isOpening;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (performance.now() > this.#renewAt) this.renew();
    return this.#pool.dispatch(options, handler);
  }

  /** New requests get new connections. */
  renew(): void {
    const left = this.#pool;
    this.#pool = this.#open();
    void left.close().then(() => this.#pools.delete(left));
  }

  /** No connection is kept from now on, and none is cut. */
  retire(): void {
    this.#retired = true;
    this.renew();
  }

  /** Cuts everything. */
  cut(): void {
    const reason = new UpstreamError('CLOSED', 'The process is stopping.');
    for (const pool of this.#pools) void pool.destroy(reason);
  }

  #open(): Pool {
    const { url, maxConnections, headersTimeoutMs, bodyIdleTimeoutMs, longestAge } = this.#options;
    const pool = new Pool(url.origin, {
      connect: this.#connect,
      connections: maxConnections,
      headersTimeout: headersTimeoutMs,
      bodyTimeout: bodyIdleTimeoutMs,
      maxHeaderSize: MAX_HEAD_BYTES,
      allowH2: false,
      pipelining: this.#retired ? 0 : 1,
      ...KEEP_ALIVE,
    });
    this.#pools.add(pool);
    this.#renewAt = performance.now() + (longestAge ?? LONGEST_AGE);
    return pool;
  }
}
