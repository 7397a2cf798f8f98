import { performance } from 'node:perf_hooks';
import { systemEffects } from '../../base/effects.ts';
import { seconds } from '../../base/units.ts';
import { userAgent } from '../../base/version.ts';
import type { ClientConfig, RouteConfig } from '../../config/settings/topology.ts';
import { pauseAskedFor } from '../../http/retry-after.ts';
import type { AccessToken, BearerTokens } from '../../oauth/index.ts';
import type { RouteInput } from '../../service/inputs/inputs.ts';
import type { RunningClient } from '../../service/running/running-client.ts';
import { openUpstream } from '../../upstream/upstream.ts';
import type { ClientCheck, KnownPlaces } from './client-check.ts';
import { type Finding, worthKnowing } from './finding.ts';
import { ASK_FOR_SCOPE, type ProbedAnswer, verdictOn, verdictOnFailure } from './report-verdict.ts';

/** A 429 that does not say for how long. Adobe's session API wants a minute (docs/adobe.md §5). */
const USUAL_PAUSE = seconds(60);

/**
 * Asks for a report as the proxy does, which replaces a token that was revoked. Where the address seems to be the wrong
 * one, it looks for the right one, and says nothing of what to do where that is not.
 */
export async function checkReport(
  check: ClientCheck,
  route: RouteInput,
  { tokens, bearer }: RunningClient,
): Promise<void> {
  const { client, places, say } = check;
  const { upstream } = route.config;
  const scope = neededScope(upstream);
  if (tokens.status().registration?.scopes?.includes(scope) === false) {
    const text = `its API wants the scope ${scope}, which the registration does not have`;
    say(worthKnowing('Report', text, ASK_FOR_SCOPE));
  }
  const { finding, status } = await lookAt(check, route, bearer);
  say(finding);
  const token = tokens.current();
  if (token === undefined || (status !== 404 && status !== 401)) return;
  for (const { advice, ...place } of otherReportPlaces(places, client.config.dcr, upstream)) {
    const there = { ...route, config: { ...route.config, upstream: { ...upstream, ...place } } };
    const { outcome, text } = (await lookAt(check, there, onlyWith(token))).finding;
    say(worthKnowing('Report', text, outcome === 'ok' ? advice : undefined));
  }
}

/** What the answer says, of which a 429 is one only when there is no patience left. */
const lookAt = async (
  { outlasts, stopping, say }: ClientCheck,
  route: RouteInput,
  tokens: BearerTokens,
): Promise<{ readonly finding: Finding; readonly status?: number }> => {
  const url = probeUrl(route.config.upstream);
  try {
    for (;;) {
      const answer = await probeReport(route, tokens, stopping);
      const { status, retryAfter = USUAL_PAUSE } = answer;
      if (status === 429 && (await outlasts(retryAfter, 'Report', say))) continue;
      return { finding: verdictOn(url, answer), status };
    }
  } catch (error) {
    return { finding: verdictOnFailure(url, error) };
  }
};

/**
 * Other places of the reports that the DCR server's tokens are for, with what to configure to have them. ESM's are
 * known in one place only.
 */
const otherReportPlaces = (
  { presets }: KnownPlaces,
  dcr: ClientConfig['dcr'],
  { url, prefix }: RouteConfig['upstream'],
) =>
  Object.entries(presets).flatMap(([name, preset]) => {
    const there = { url: new URL(preset['upstream.url']), prefix: preset['upstream.prefix'] };
    const isHere = there.url.origin === url.origin && there.prefix === prefix;
    const isSameDcr = new URL(preset['dcr.url']).origin === dcr.url.origin;
    if (isHere || !isSameDcr || !prefix.endsWith('/v2')) return [];
    const settings = `\`upstream.url: ${there.url.origin}\` and \`upstream.prefix: ${there.prefix}\``;
    return { ...there, advice: `Configure \`adobe: ${name}\`, or ${settings}.` };
  });

/** This token and no other, whatever is said of it: to look around with. */
const onlyWith = (token: AccessToken): BearerTokens => ({
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
const neededScope = ({ prefix }: RouteConfig['upstream']): string =>
  prefix.endsWith('/v3') ? 'analytics:client' : 'cmu:analytics:client';

const probeUrl = (upstream: RouteConfig['upstream']): string =>
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
  const way = openUpstream(tokens, name, { ...upstream, maxConnections: 1, tls });
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
