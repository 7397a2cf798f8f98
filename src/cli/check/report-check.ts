import { seconds } from '../../base/units.ts';
import type { ClientConfig, RouteConfig } from '../../config/settings/topology.ts';
import { type AccessToken, DcrError, type TokenSource } from '../../oauth/index.ts';
import type { RouteInput } from '../../service/inputs/inputs.ts';
import type { Finding, Say } from './finding.ts';
import { type KnownPlaces, otherReportPlaces } from './other-places.ts';
import type { Patience } from './patience.ts';
import { type ProbedAnswer, probeUrl, reportProbe } from './report-probe.ts';
import { verdictOn, verdictOnFailure } from './report-verdict.ts';

export interface ReportCheck {
  readonly route: RouteInput;
  readonly dcr: ClientConfig['dcr'];
  readonly tokens: TokenSource;
  readonly token: AccessToken;
  readonly places: KnownPlaces;
  readonly patience: Patience;
  readonly stopping: AbortSignal;
  readonly say: Say;
}

const step = 'Report';

/** A 429 that does not say for how long. Adobe's session API wants a minute (docs/adobe.md §5). */
const USUAL_PAUSE = seconds(60);

/**
 * As the proxy does, replaces a token once that the API refuses: a stored one may have been revoked. Where the
 * address seems to be the wrong one, it looks for the right one.
 * @returns whether the report was had
 */
export async function checkReport(check: ReportCheck): Promise<boolean> {
  const { route, dcr, tokens, token, places, say } = check;
  const { upstream } = route.config;
  try {
    let newest = token;
    let answer = await probed(check, upstream, newest);
    if (answer.status === 401) {
      tokens.invalidate(newest);
      say({ step, outcome: 'worth knowing', text: 'the token is refused: trying with a new one' });
      newest = await tokens.token();
      answer = await probed(check, upstream, newest);
    }
    const verdict = verdictOn(probeUrl(upstream), answer);
    say({ step, ...verdict });
    if (answer.status !== 404 && answer.status !== 401) return verdict.outcome === 'ok';
    for (const { advice, ...place } of otherReportPlaces(places, dcr, upstream)) {
      const finding = await lookAt(check, { ...upstream, ...place }, newest);
      say(
        finding.outcome === 'ok'
          ? { ...finding, outcome: 'worth knowing', advice }
          : { step, ...silent(finding) },
      );
    }
  } catch (error) {
    say({ step, ...failureOf(probeUrl(upstream), error) });
  }
  return false;
}

/** Whether reports are there, without a word about what to do if not. */
const lookAt = async (
  check: ReportCheck,
  upstream: RouteConfig['upstream'],
  token: AccessToken,
): Promise<Finding> => {
  const url = probeUrl(upstream);
  const verdict = await probed(check, upstream, token).then(
    (answer) => verdictOn(url, answer),
    (error: unknown) => failureOf(url, error),
  );
  return { step, ...verdict };
};

const silent = ({ text }: Finding) => ({ outcome: 'worth knowing' as const, text });

const failureOf = (url: string, error: unknown): Omit<Finding, 'step'> =>
  error instanceof DcrError
    ? { outcome: 'failed', text: error.message, advice: error.advice }
    : verdictOnFailure(url, error);

/** The answer, of which a 429 is one only when there is no patience left. */
const probed = async (
  { route: { tls }, patience, stopping, say }: ReportCheck,
  upstream: RouteConfig['upstream'],
  token: AccessToken,
): Promise<ProbedAnswer> => {
  const probe = reportProbe(upstream, tls, stopping);
  let answer = await probe(token);
  while (answer.status === 429 && (await patience.outlasts(answer.retryAfter ?? USUAL_PAUSE, step, say))) {
    answer = await probe(token);
  }
  return answer;
};
