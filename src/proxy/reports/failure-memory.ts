import { after, type EpochMs, milliseconds } from '../../base/units.ts';
import { pauseAskedFor } from '../../http/retry-after.ts';
import type { Problem } from '../answer/problem.ts';
import type { CoolDowns } from './cool-down.ts';
import { fetchProblem } from './fetch-problem.ts';
import type { FetchOutcome } from './report-fetch.ts';

/** Bounds of a pause that an answer asks for: Adobe wants a second at least, and no wild value takes a route away. */
const LEAST_PAUSE = milliseconds(1_000);
const LONGEST_PAUSE = milliseconds(300_000);

/**
 * How long a report that failed is not fetched again while a stale copy can be served, and one that timed out by
 * anybody.
 */
const FAILURE_PAUSE = milliseconds(5_000);

/**
 * Failures that cost the caller a whole time-out without reaching the origin: they say something about every report.
 */
const UNREACHED = new Set(['connection_timeout', 'dns_timeout']);

/**
 * What to remember of a fetch (docs/adobe.md §5, §6): a 429 pauses the route, a 503 the report, each as long as the
 * answer says; a
 * time-out pauses what timed out; any other failure only keeps stale copies from being refreshed at the rate of their
 * hits.
 */
export const remember = (outcome: FetchOutcome, key: string, coolDowns: CoolDowns, now: EpochMs): void => {
  const { status, error, route } = outcome;
  const { origin } = route.upstream;
  if (status !== undefined) coolDowns.reached(now);
  if (error !== undefined) {
    const problem = fetchProblem(error, origin);
    if (problem.name === 'no-token') return;
    if (UNREACHED.has(problem.proxyError ?? '')) {
      coolDowns.pauseUnreachable(now, after(now, milliseconds(-outcome.duration)), problem);
    }
    const refreshOnly = problem.name !== 'upstream-timeout';
    coolDowns.pauseReport(key, { until: after(now, FAILURE_PAUSE), problem, refreshOnly });
  } else if (status === 429) {
    coolDowns.pauseRoute(endOfPause(outcome, status, now), throttled(origin));
  } else if (status === 503) {
    const until = endOfPause(outcome, status, now);
    // Without a word on when to come back, an origin that is taken at its word may be asked again at once (RFC 9111
    // has no rule against it).
    const refreshOnly = route.caching?.policy === 'http' && outcome.headers('retry-after') === undefined;
    coolDowns.pauseReport(key, { until, problem: unavailable(origin), refreshOnly });
  } else if (status !== undefined && status >= 500) {
    coolDowns.pauseReport(key, {
      until: after(now, FAILURE_PAUSE),
      problem: unavailable(origin),
      refreshOnly: true,
    });
  } else {
    coolDowns.recovered(key);
  }
};

const endOfPause = ({ headers }: FetchOutcome, status: number, now: EpochMs): EpochMs => {
  const asked = pauseAskedFor(status, headers, now) ?? 0;
  return after(now, milliseconds(Math.min(Math.max(asked, LEAST_PAUSE), LONGEST_PAUSE)));
};

const throttled = (origin: string): Problem => ({
  status: 503,
  name: 'upstream-throttled',
  title: 'The report API asks for a pause',
  detail: `${origin} answered 429 a moment ago. No request is sent there until the pause is over, so that it does not get longer; repeat this one then.`,
  proxyError: 'http_request_denied',
});

const unavailable = (origin: string): Problem => ({
  status: 503,
  name: 'upstream-unavailable',
  title: 'The report API is not available',
  detail: `${origin} failed on this report a moment ago and is left alone for now. Repeat the request after the pause.`,
  proxyError: 'destination_unavailable',
});
