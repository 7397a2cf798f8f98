import { seconds } from '../../base/units.ts';
import { type AccessToken, type BearerTokens, DcrError } from '../../oauth/index.ts';
import type { RouteInput } from '../../service/inputs/inputs.ts';
import { MissingScopeError } from '../../upstream/bearer-authentication.ts';
import type { ClientCheck } from './client-check.ts';
import { type Finding, failureOf } from './finding.ts';
import { otherReportPlaces } from './other-places.ts';
import { onlyWith, type ProbedAnswer, probeReport, probeUrl } from './report-probe.ts';
import { verdictOn, verdictOnFailure, verdictOnScope } from './report-verdict.ts';

const step = 'Report';

/** A 429 that does not say for how long. Adobe's session API wants a minute (docs/adobe.md §5). */
const USUAL_PAUSE = seconds(60);

/**
 * Asks for a report as the proxy does, which replaces a token that was revoked. Where the address seems to be the wrong
 * one, it looks for the right one.
 */
export async function checkReport(
  check: ClientCheck,
  route: RouteInput,
  tokens: BearerTokens,
  token: AccessToken,
): Promise<void> {
  const { client, places, say } = check;
  const { upstream } = route.config;
  try {
    const answer = await probed(check, route, tokens);
    const verdict = verdictOn(probeUrl(upstream), answer);
    say({ step, ...verdict });
    if (answer.status !== 404 && answer.status !== 401) return;
    for (const { advice, ...place } of otherReportPlaces(places, client.config.dcr, upstream)) {
      const there = { ...route, config: { ...route.config, upstream: { ...upstream, ...place } } };
      const finding = await lookAt(check, there, tokens.current() ?? token);
      say(
        finding.outcome === 'ok'
          ? { ...finding, outcome: 'worth knowing', advice }
          : { step, ...silent(finding) },
      );
    }
  } catch (error) {
    say({ step, ...verdictWithout(probeUrl(upstream), error) });
  }
}

/** Whether reports are there, without a word about what to do if not. */
const lookAt = async (check: ClientCheck, route: RouteInput, token: AccessToken): Promise<Finding> => {
  const url = probeUrl(route.config.upstream);
  const verdict = await probed(check, route, onlyWith(token)).then(
    (answer) => verdictOn(url, answer),
    (error: unknown) => verdictWithout(url, error),
  );
  return { step, ...verdict };
};

const silent = ({ text }: Finding) => ({ outcome: 'worth knowing' as const, text });

const verdictWithout = (url: string, error: unknown): Omit<Finding, 'step'> => {
  if (error instanceof DcrError) return failureOf(error);
  return error instanceof MissingScopeError
    ? verdictOnScope(url, error.refusal)
    : verdictOnFailure(url, error);
};

/** The answer, of which a 429 is one only when there is no patience left. */
const probed = async (
  { patience, stopping, say }: ClientCheck,
  route: RouteInput,
  tokens: BearerTokens,
): Promise<ProbedAnswer> => {
  const probe = () => probeReport(route, tokens, stopping);
  let answer = await probe();
  while (answer.status === 429 && (await patience.outlasts(answer.retryAfter ?? USUAL_PAUSE, step, say))) {
    answer = await probe();
  }
  return answer;
};
