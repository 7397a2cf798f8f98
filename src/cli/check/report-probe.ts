import { performance } from 'node:perf_hooks';
import { milliseconds } from '../../base/units.ts';
import { userAgent } from '../../base/version.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { AccessToken } from '../../oauth/index.ts';
import type { AnswerHead } from '../../upstream/origin/answer-handler.ts';
import { OriginClient } from '../../upstream/origin/origin-client.ts';

/** The answer to one report request, as far as it tells how things stand. */
export interface ProbedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The start of the body, for judging its kind only; not to be shown. */
  readonly body: string;
  readonly milliseconds: number;
}

/** Asks for one report; rejects with an `OriginError` or Node's error when there is no answer. */
export type ReportProbe = (token: AccessToken) => Promise<ProbedAnswer>;

/** Published (docs/adobe.md §6), small, and cheap for Adobe: monthly totals, one row of them. */
export const PROBE_PATH = '/year/month/mvpd?limit=1';

/** What is larger is not one row, whatever it is: the rest is not read. */
const MOST_BODY_BYTES = 1024 * 1024;

/** The report that {@link reportProbe} asks for. */
export const probeUrl = ({ url, prefix }: Config['upstream']): string =>
  `${url.origin}${prefix}${PROBE_PATH}`;

/**
 * A probe of the configured report API, with the client that the proxy uses: what this one refuses, that one would.
 * @param ca PEM certificates to trust besides those that Node.js trusts.
 */
export function reportProbe(
  upstream: Config['upstream'],
  ca: string | undefined,
  stopping: AbortSignal,
): ReportProbe {
  return async (token) => {
    stopping.throwIfAborted();
    const client = new OriginClient({
      origin: upstream.url,
      maxConnections: 1,
      connectTimeout: milliseconds(upstream.connectTimeoutMs),
      headersTimeout: milliseconds(upstream.headersTimeoutMs),
      bodyIdleTimeout: milliseconds(upstream.bodyIdleTimeoutMs),
      ...(ca === undefined ? {} : { additionalCa: [ca] }),
    });
    const close = () => client.close();
    stopping.addEventListener('abort', close, { once: true });
    const startedAt = performance.now();
    try {
      const { head, body } = await fetched(client, `${upstream.prefix}${PROBE_PATH}`, token);
      return {
        status: head.status,
        contentType: field(head, 'content-type') ?? '',
        retryAfter: field(head, 'retry-after'),
        location: field(head, 'location'),
        body,
        milliseconds: performance.now() - startedAt,
      };
    } finally {
      stopping.removeEventListener('abort', close);
      close();
    }
  };
}

/** One GET, its body up to the bound. */
function fetched(
  client: OriginClient,
  target: string,
  token: AccessToken,
): Promise<{ head: AnswerHead; body: string }> {
  const headers = [
    'accept',
    'application/json',
    'authorization',
    token.authorization.reveal(),
    'user-agent',
    userAgent(),
  ];
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let head: AnswerHead | undefined;
    let stop = () => {};
    const finish = () => head && resolve({ head, body: Buffer.concat(chunks).toString('utf8') });
    client.dispatch(
      { target, headers },
      {
        onStart: (control) => {
          stop = () => control.abort();
        },
        onHead: (it) => {
          head = it;
        },
        onData: (chunk, release) => {
          chunks.push(Buffer.from(chunk));
          size += chunk.length;
          release?.();
          if (size < MOST_BODY_BYTES) return;
          stop();
          finish();
        },
        onEnd: finish,
        onError: reject,
      },
    );
  });
}

/** The first value of a field, its name in lower case. */
function field({ headers }: AnswerHead, name: string): string | undefined {
  const at = headers.findIndex((it, index) => index % 2 === 0 && it.toLowerCase() === name);
  return at === -1 ? undefined : headers[at + 1];
}
