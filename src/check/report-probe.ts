import { performance } from 'node:perf_hooks';
import { getCACertificates } from 'node:tls';
import { Agent, request } from 'undici';
import type { Config } from '../config/schema.ts';
import type { AccessToken } from '../dcr/index.ts';
import { userAgent } from '../version.ts';

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

/** Asks for one report; rejects with undici's or Node's error when there is no answer. */
export type ReportProbe = (token: AccessToken) => Promise<ProbedAnswer>;

/** Published (adobe/api.md §6), small, and cheap for Adobe: monthly totals, one row of them. */
export const PROBE_PATH = '/year/month/mvpd?limit=1';

const MOST_BODY_BYTES = 1024 * 1024;

/** The report that {@link reportProbe} asks for. */
export const probeUrl = ({ url, prefix }: Config['upstream']): string =>
  `${url.origin}${prefix}${PROBE_PATH}`;

/**
 * A probe of the configured report API, as the proxy calls it: certificates verified, redirects not followed, time and
 * size bounded.
 * @param ca PEM certificates to trust besides those that Node.js trusts.
 */
export function reportProbe(
  upstream: Config['upstream'],
  ca: string | undefined,
  stopping: AbortSignal,
): ReportProbe {
  return async (token) => {
    const dispatcher = new Agent({
      maxResponseSize: MOST_BODY_BYTES,
      headersTimeout: upstream.headersTimeoutMs,
      bodyTimeout: upstream.bodyIdleTimeoutMs,
      allowH2: false,
      connect: {
        timeout: upstream.connectTimeoutMs,
        rejectUnauthorized: true,
        ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
      },
    });
    const startedAt = performance.now();
    try {
      const { statusCode, headers, body } = await request(probeUrl(upstream), {
        dispatcher,
        signal: stopping,
        headers: {
          accept: 'application/json',
          authorization: token.authorization.reveal(),
          'user-agent': userAgent(),
        },
      });
      return {
        status: statusCode,
        contentType: single(headers['content-type']) ?? '',
        retryAfter: single(headers['retry-after']),
        location: single(headers['location']),
        body: await body.text(),
        milliseconds: performance.now() - startedAt,
      };
    } finally {
      await dispatcher.destroy();
    }
  };
}

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
