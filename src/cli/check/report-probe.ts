import { performance } from 'node:perf_hooks';
import { systemEffects } from '../../base/effects.ts';
import type { Milliseconds } from '../../base/units.ts';
import { userAgent } from '../../base/version.ts';
import type { RouteConfig } from '../../config/settings/topology.ts';
import { pauseAskedFor } from '../../http/retry-after.ts';
import type { AccessToken, BearerTokens } from '../../oauth/index.ts';
import type { RouteInput } from '../../service/inputs/inputs.ts';
import { connectionOptions } from '../../service/running/routes.ts';
import { openUpstream } from '../../upstream/upstream.ts';

/** The answer to one report request, as far as it tells how things stand. */
export interface ProbedAnswer {
  readonly status: number;
  readonly contentType: string;
  /** The pause that it asks for. */
  readonly retryAfter: Milliseconds | undefined;
  /** The start of the body, for judging its kind only; not to be shown. */
  readonly body: string;
  readonly milliseconds: number;
}

/** This token and no other, whatever is said of it: to look around with. */
export const onlyWith = (token: AccessToken): BearerTokens => ({
  current: () => token,
  next: () => token,
  token: async () => token,
  accepted: () => {},
  refused: async () => undefined,
});

/** Small, and cheap for Adobe: monthly totals, one row of them. ESM has a tree of its own (docs/adobe.md §6, §8). */
const probePath = ({ prefix }: RouteConfig['upstream']): string =>
  `${prefix}${prefix.endsWith('/v3') ? '/media-company/year/month' : '/year/month/mvpd'}?limit=1`;

/** What is larger is not one row, whatever it is: the rest is not read. */
const MOST_BODY_BYTES = 1024 * 1024;

/** The scope that reports of this API want (docs/adobe.md §8). */
export const neededScope = ({ prefix }: RouteConfig['upstream']): string =>
  prefix.endsWith('/v3') ? 'analytics:client' : 'cmu:analytics:client';

/** The report that {@link probeReport} asks for. */
export const probeUrl = (upstream: RouteConfig['upstream']): string =>
  `${upstream.url.origin}${probePath(upstream)}`;

/**
 * Asks for one report by the way that the proxy takes: what that one refuses, this one does, and a token that is
 * refused is judged the same.
 * @throws a `DcrError`, `MissingScopeError`, `UpstreamError`, undici's or Node's error when there is no answer
 */
export async function probeReport(
  { config: { name, upstream }, tls }: RouteInput,
  tokens: BearerTokens,
  signal: AbortSignal,
): Promise<ProbedAnswer> {
  const way = openUpstream(tokens, name, connectionOptions({ ...upstream, maxConnections: 1 }, tls));
  const startedAt = performance.now();
  try {
    const { statusCode, headers, body } = await way.dispatcher.request({
      origin: upstream.url.origin,
      path: probePath(upstream),
      method: 'GET',
      headers: { accept: 'application/json', 'user-agent': userAgent() },
      signal,
    });
    return {
      status: statusCode,
      contentType: [headers['content-type']].flat()[0] ?? '',
      retryAfter: pauseAskedFor(statusCode, (name) => [headers[name]].flat()[0], systemEffects.now()),
      body: await beginningOf(body),
      milliseconds: performance.now() - startedAt,
    };
  } finally {
    way.close();
  }
}

/** The body up to the bound. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MOST_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
