import { get } from 'node:http';

/**
 * The image's `HEALTHCHECK`, for an image that has neither shell nor curl: `node healthcheck.js [/livez or /readyz]`
 * asks the private listener of the proxy in the same container. A program of its own, since one that starts every few
 * seconds must not load the proxy to ask it a question.
 */

/** Where the private listener is, and which of its health answers is wanted. */
export interface HealthQuestion {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** What the private listener said. */
export interface HealthAnswer {
  readonly healthy: boolean;
  /** One line for `docker inspect`: the status, or why there is none. */
  readonly detail: string;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9901;

// A listener on every interface is asked on the loopback one of its family.
const LOOPBACK_OF: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1', '[::]': '::1' };

/**
 * Reads what `CMU_PROXY_ADMIN_HOST`, `CMU_PROXY_ADMIN_PORT` and the first argument say. Only these: a listener that
 * is set in the configuration file must be told to the health check by the two variables.
 */
export function healthQuestion(
  env: Readonly<Record<string, string | undefined>>,
  path: string | undefined,
): HealthQuestion {
  const host = (env['CMU_PROXY_ADMIN_HOST'] || DEFAULT_HOST).replace(/^\[|\]$/g, '');
  return {
    host: LOOPBACK_OF[host] ?? host,
    port: Number(env['CMU_PROXY_ADMIN_PORT'] || DEFAULT_PORT),
    path: path ?? '/livez',
  };
}

/**
 * Asks once. Healthy is any 2xx; everything else, an unusable port and silence for `timeoutMs` included, is not.
 * Never rejects.
 */
export function askHealth({ host, port, path }: HealthQuestion, timeoutMs: number): Promise<HealthAnswer> {
  return new Promise((resolve) => {
    const failed = (error: unknown) => resolve({ healthy: false, detail: describe(error) });
    try {
      // Without an agent no idle socket keeps this process alive.
      const request = get({
        host,
        port,
        path,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      });
      request.on('error', failed);
      request.on('response', (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        resolve({ healthy: status >= 200 && status < 300, detail: `${path} answered ${status}` });
      });
    } catch (error) {
      failed(error);
    }
  });
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// Docker allows a check 3 s (see the Dockerfile): answer before it kills this process without a word.
const TIMEOUT_MS = 2_500;

if (import.meta.main) {
  const { healthy, detail } = await askHealth(healthQuestion(process.env, process.argv[2]), TIMEOUT_MS);
  process.stdout.write(`${detail}\n`);
  process.exitCode = healthy ? 0 : 1;
}
