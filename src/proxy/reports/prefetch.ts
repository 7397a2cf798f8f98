import type { EpochMs } from '../../base/units.ts';
import { freshUntil } from '../../cache/policy/stored-freshness.ts';
import type { Flight, FlightSink } from '../../cache/store/flight.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import type { ReportHead } from '../answer/answer.ts';
import { fetchProblem } from './fetch-problem.ts';
import type { Question } from './question.ts';
import type { Reports } from './reports.ts';

export interface WantedReport {
  /** Path with the prefix, and query: `/cmu/v2/year/month?metrics=active-users`. */
  readonly target: string;
  readonly accept: string | undefined;
  /** The name that they call us by, if it chooses the route. */
  readonly host?: string | undefined;
}

export interface PrefetchFailure {
  /** The name of a problem (docs/problems.md), `status-404`, `not-stored` or `no-route`. */
  readonly reason: string;
  /** No request would be sent before, as callers' requests have found out. */
  readonly notBefore?: EpochMs;
}

/** Until when the stored copy is fresh; `undefined` if there is none. Looking at it counts as a use. */
export const storedFreshUntil = (question: Question): EpochMs | undefined => {
  const stored = storedFor(question);
  return stored && freshUntil(stored.freshness);
};

/**
 * Fetches a report into the store without a caller, the same way as with one: it shares flights with callers, is
 * validated if it can be, and keeps to the cool-downs.
 * @returns what kept the report out of the store, if anything
 */
export const prefetch = async (
  question: Question,
  reports: Reports,
): Promise<PrefetchFailure | undefined> => {
  const { route, key } = question;
  const pause = route.coolDowns.active(key, true, reports.now());
  if (pause !== undefined) return { reason: pause.problem.name, notBefore: pause.until };
  const underWay = reports.underWay(question);
  const fetch = underWay ?? reports.open(question, storedFor(question), true);
  const reason = endOf(fetch.flight, route.upstream.origin);
  if (underWay === undefined) fetch.send();
  return reason;
};

/** Waits for the end of a flight. @returns why its answer was none to store */
const endOf = (flight: Flight<ReportHead>, origin: string): Promise<PrefetchFailure | undefined> =>
  new Promise((resolve) => {
    let failure: PrefetchFailure | undefined;
    const sink: FlightSink<ReportHead> = {
      head: ({ status, storedFor }) => {
        if (storedFor === undefined) failure = status === 200 ? NOT_STORED : { reason: `status-${status}` };
      },
      data: () => {
        if (flight.keptBody !== undefined) return true;
        // It is not to be stored, or has turned out too large: nothing is gained by reading on.
        flight.leave(sink);
        resolve(failure ?? NOT_STORED);
        return true;
      },
      end: () => resolve(failure),
      fail: (error) => resolve({ reason: fetchProblem(error, origin).name }),
    };
    if (!flight.join(sink)) resolve(NOT_STORED);
  });

const storedFor = ({ route, key, request }: Question): StoredResponse | undefined =>
  route.caching?.cache.find(key, request);

const NOT_STORED: PrefetchFailure = { reason: 'not-stored' };
