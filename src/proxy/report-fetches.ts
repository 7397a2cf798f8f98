import { Allowance } from '../cache/allowance.ts';
import type { Flight } from '../cache/flight.ts';
import { rawHeaders } from '../cache/header-lookup.ts';
import type { StoredResponse } from '../cache/stored-response.ts';
import type { EpochMs } from '../units.ts';
import type { StoringPlan } from './answer-storing.ts';
import { remember } from './failure-memory.ts';
import { BackgroundSink, Flights } from './flights.ts';
import { type FetchOutcome, ReportFetch, type ReportHead } from './report-fetch.ts';
import type { ReportQuestion } from './report-question.ts';
import { canValidate, upstreamHeaders } from './upstream-headers.ts';

export interface ReportFetchesOptions {
  readonly now: () => EpochMs;
  /** Called for each request that went upstream, once its answer has begun or none will come. */
  readonly onFetched: (outcome: FetchOutcome) => void;
}

/** The requests upstream, and which of them are under way for others to join. */
export class ReportFetches {
  readonly #options: ReportFetchesOptions;
  readonly #flights = new Flights();
  /** For routes without a cache. */
  readonly #nothing = new Allowance(0);

  constructor(options: ReportFetchesOptions) {
    this.#options = options;
  }

  /** The flight that already brings the answer, if any. */
  underWay(question: ReportQuestion): Flight<ReportHead> | undefined {
    return this.#flights.get(question.flightKey);
  }

  /**
   * Prepares a request upstream. Join its flight, then `send` it.
   * @param stored a copy to validate if it can be
   * @param shares whether others may join
   */
  open(question: ReportQuestion, stored: StoredResponse | undefined, shares: boolean): ReportFetch {
    const { route, below, query, head, format, flightKey, rawRequest } = question;
    const validating = stored !== undefined && canValidate(stored, route) ? stored : undefined;
    const headers = upstreamHeaders(route, head, format, validating, rawRequest);
    const fetch = new ReportFetch(
      { route, below, query, headers, storing: storingPlan(question), validating },
      {
        now: this.#options.now,
        collecting: route.caching?.cache.collecting ?? this.#nothing,
        onAnswer: (outcome) => {
          remember(outcome, question.key, route.coolDowns, this.#options.now());
          this.#options.onFetched(outcome);
        },
        onOver: ({ flight }) => this.#flights.remove(flightKey, flight),
      },
    );
    if (shares) this.#flights.add(flightKey, fetch.flight);
    return fetch;
  }

  /** Fetches a stored report anew while its stale copy is served, unless that is under way or failed a moment ago. */
  refresh(question: ReportQuestion, stored: StoredResponse, now: EpochMs): void {
    if (question.route.coolDowns.active(question.key, true, now) !== undefined) return;
    if (this.underWay(question) !== undefined) return;
    const fetch = this.open(question, stored, true);
    new BackgroundSink(fetch.flight);
    fetch.send();
  }
}

const storingPlan = (question: ReportQuestion): StoringPlan | undefined => {
  const { route, key, directives, rawRequest, format } = question;
  if (route.caching === undefined || directives.noStore) return undefined;
  const mayBePage = route.kind === 'pass-all' || format === 'html' || format === 'other';
  return { caching: route.caching, key, directives, request: rawHeaders(rawRequest), mayBePage };
};
