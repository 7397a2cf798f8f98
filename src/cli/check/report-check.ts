import { seconds } from '../../base/units.ts';
import type { BearerTokens } from '../../oauth/index.ts';
import type { RouteInput } from '../../service/inputs/inputs.ts';
import type { RunningClient } from '../../service/running/running-client.ts';
import { type ClientCheck, scopeFindings } from './client-check.ts';
import { type Finding, worthKnowing } from './finding.ts';
import { otherReportPlaces } from './other-places.ts';
import { neededScope, onlyWith, probeReport, probeUrl } from './report-probe.ts';
import { verdictOn, verdictOnFailure } from './report-verdict.ts';

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
  for (const finding of scopeFindings(tokens.status(), neededScope(upstream))) say(finding);
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
