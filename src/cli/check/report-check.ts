import { seconds } from '../../base/units.ts';
import type { AccessToken, BearerTokens } from '../../oauth/index.ts';
import type { RouteInput } from '../../service/inputs/inputs.ts';
import type { ClientCheck } from './client-check.ts';
import { type Finding, worthKnowing } from './finding.ts';
import { otherReportPlaces } from './other-places.ts';
import { onlyWith, probeReport, probeUrl } from './report-probe.ts';
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
  tokens: BearerTokens,
  token: AccessToken,
): Promise<void> {
  const { client, places, say } = check;
  const { upstream } = route.config;
  const { finding, status } = await lookAt(check, route, tokens);
  say(finding);
  if (status !== 404 && status !== 401) return;
  for (const { advice, ...place } of otherReportPlaces(places, client.config.dcr, upstream)) {
    const there = { ...route, config: { ...route.config, upstream: { ...upstream, ...place } } };
    const { outcome, text } = (await lookAt(check, there, onlyWith(tokens.current() ?? token))).finding;
    say(worthKnowing('Report', text, outcome === 'ok' ? advice : undefined));
  }
}

/** What the answer says, of which a 429 is one only when there is no patience left. */
const lookAt = async (
  { patience, stopping, say }: ClientCheck,
  route: RouteInput,
  tokens: BearerTokens,
): Promise<{ readonly finding: Finding; readonly status?: number }> => {
  const url = probeUrl(route.config.upstream);
  try {
    for (;;) {
      const answer = await probeReport(route, tokens, stopping);
      const { status, retryAfter = USUAL_PAUSE } = answer;
      if (status === 429 && (await patience.outlasts(retryAfter, 'Report', say))) continue;
      return { finding: verdictOn(url, answer), status };
    }
  } catch (error) {
    return { finding: verdictOnFailure(url, error) };
  }
};
