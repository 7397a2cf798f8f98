import type { EpochMs } from '../../base/units.ts';
import { freshUntil } from '../../cache/policy/stored-freshness.ts';
import type { Flight, FlightSink } from '../../cache/store/flight.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import type { ReportHead } from '../answer/answer.ts';
import { fetchProblem } from './fetch-problem.ts';
import type { Question } from './question.ts';
import type { Reports } from './reports.ts';

/** A report as callers ask for it. */
export interface WantedReport {
  /** Path with the prefix, and query: `/cmu/v2/year/month?metrics=active-users`. */
  readonly target: string;
  readonly accept: string | undefined;
  /** The name that they call us by, if it chooses the route. */
  readonly host?: string | undefined;
}

/** Why a report is not in the store. */
export interface PrefetchFailure {
  /** The name of a problem (docs/problems.md), `status-404`, `not-stored` or `no-route`. */
  readonly reason: string;
  /** No request would be sent before, as callers' requests have found out. */
  readonly notBefore?: EpochMs;
}

type OnOver = (failure: PrefetchFailure | undefined) => void;

/**
 * Fetches reports into the store without a caller, the same way as with one: they share flights with callers, validate
 * what can be validated, and keep to the cool-downs.
 */
export class ReportPrefetch {
  readonly #reports: Reports;
  readonly #questionOf: (wanted: WantedReport) => Question | undefined;

  /** @param questionOf what callers would ask for it; `undefined`: no route leads there */
  constructor(reports: Reports, questionOf: (wanted: WantedReport) => Question | undefined) {
    this.#reports = reports;
    this.#questionOf = questionOf;
  }

  /** Until when the stored copy is fresh; `undefined` if there is none. Looking at it counts as a use. */
  freshUntil(wanted: WantedReport): EpochMs | undefined {
    const question = this.#questionOf(wanted);
    const stored = question && storedFor(question);
    return stored && freshUntil(stored.freshness);
  }

  /** @param onOver called once, perhaps before this returns: with what kept the report out of the store, if anything */
  fetch(wanted: WantedReport, onOver: OnOver): void {
    const question = this.#questionOf(wanted);
    if (question === undefined) {
      onOver({ reason: 'no-route' });
      return;
    }
    const { route } = question;
    const pause = route.coolDowns.active(question.key, true, this.#reports.now());
    if (pause !== undefined) {
      onOver({ reason: pause.problem.name, notBefore: pause.until });
      return;
    }
    const underWay = this.#reports.underWay(question);
    const fetch = underWay ?? this.#reports.open(question, storedFor(question), true);
    if (!this.#join(fetch.flight, question, onOver)) onOver(NOT_STORED);
    if (underWay === undefined) fetch.send();
  }

  /** Waits for the end of a flight, and tells whether the answer was one to store. @returns whether it can be joined */
  #join(flight: Flight<ReportHead>, { route }: Question, onOver: OnOver): boolean {
    let failure: PrefetchFailure | undefined;
    const sink: FlightSink<ReportHead> = {
      head: ({ status, storedFor }) => {
        if (storedFor === undefined) failure = status === 200 ? NOT_STORED : { reason: `status-${status}` };
      },
      data: () => {
        if (flight.keptBody !== undefined) return true;
        // It is not to be stored, or has turned out too large: nothing is gained by reading on.
        flight.leave(sink);
        onOver(failure ?? NOT_STORED);
        return true;
      },
      end: () => onOver(failure),
      fail: (error) => onOver({ reason: fetchProblem(error, route.upstream.origin).name }),
    };
    return flight.join(sink);
  }
}

const storedFor = ({ route, key, request }: Question): StoredResponse | undefined =>
  route.caching?.cache.find(key, request);

const NOT_STORED: PrefetchFailure = { reason: 'not-stored' };
