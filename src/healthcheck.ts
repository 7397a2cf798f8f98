import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

/**
 * The image's `HEALTHCHECK`, for an image that has neither shell nor curl: `node healthcheck.js [/livez or /readyz]`
 * asks the private listener of the proxy in the same container. A program of its own, since one that starts every few
 * seconds must not load the proxy to ask it a question.
 */

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9901;

// A listener on every interface is asked on the loopback one of its family.
const LOOPBACK_OF: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1', '[::]': '::1' };

/**
 * Reads what `CMU_PROXY_ADMIN_HOST`, `CMU_PROXY_ADMIN_PORT` and the first argument say. Only these: a listener that
 * is set in the configuration file must be told to the health check by the two variables.
 */
export function healthQuestion(env: Readonly<Record<string, string | undefined>>, path: string | undefined) {
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
 * @returns also one line for `docker inspect`: the status, or why there is none
 */
export async function askHealth(
  { host, port, path }: ReturnType<typeof healthQuestion>,
  timeoutMs: number,
): Promise<{ readonly healthy: boolean; readonly detail: string }> {
  try {
    // Without an agent no idle socket keeps this process alive.
    const request = get({ host, port, path, agent: false, signal: AbortSignal.timeout(timeoutMs) });
    const [response]: IncomingMessage[] = await once(request, 'response');
    const status = response?.statusCode ?? 0;
    request.on('error', () => {}).destroy();
    return { healthy: status >= 200 && status < 300, detail: `${path} answered ${status}` };
  } catch (error) {
    return { healthy: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

// Docker allows a check 3 s (see the Dockerfile): answer before it kills this process without a word.
const TIMEOUT_MS = 2_500;

if (import.meta.main) {
  const { healthy, detail } = await askHealth(healthQuestion(process.env, process.argv[2]), TIMEOUT_MS);
  process.stdout.write(`${detail}\n`);
  process.exitCode = healthy ? 0 : 1;
}
