import { systemEffects } from '../../base/effects.ts';
import { type EpochMs, seconds } from '../../base/units.ts';
import type { SharedEntry } from '../../cache/shared/shared-reports.ts';
import { Allowance } from '../../cache/store/allowance.ts';
import type { Flight, Patience } from '../../cache/store/flight.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import type { StoringPlan } from './answer-storing.ts';
import { remember } from './failure-memory.ts';
import { Flights } from './flights.ts';
import type { Question } from './question.ts';
import { takeFrom } from './rate-limit.ts';
import { type FetchOutcome, ReportFetch, type UpstreamRequest } from './report-fetch.ts';
import type { ReportHead } from './report-head.ts';
import { SharedFetch } from './shared-fetch.ts';
import { expectedFormat } from './sound-copy.ts';
import { canValidate, upstreamHeaders } from './upstream-headers.ts';

export interface ReportFetchesOptions {
  readonly now: () => EpochMs;
  /** Monotonic, in milliseconds. */
  readonly elapsed: () => number;
  /** Called for each request that went upstream, once its answer has begun or none will come. */
  readonly onFetched: (outcome: FetchOutcome) => void;
}

/** A fetch that is prepared. */
export interface OpenedFetch {
  readonly flight: Flight<ReportHead>;
  send(): void;
}

/** Fetches that go on although everybody who had asked for them has left. */
const MOST_UNATTENDED = 16;
/** How long a caller who reads slowly may hold up others at a report that is too large to be kept. */
const PATIENCE = seconds(5);

/** The requests upstream, and which of them are under way for others to join. */
export class ReportFetches {
  readonly #options: ReportFetchesOptions;
  readonly #flights = new Flights();
  /** For routes without a cache. */
  readonly #nothing = new Allowance(0);
  readonly #unattended = new Allowance(MOST_UNATTENDED);

  constructor(options: ReportFetchesOptions) {
    this.#options = options;
  }

  /** The flight that already brings the answer, if any. */
  underWay(question: Question): Flight<ReportHead> | undefined {
    return this.#flights.get(question.flightKey);
  }

  /**
   * Prepares a request upstream. Join its flight, then `send` it.
   * @param stored a copy to validate if it can be
   * @param shares whether others may join, on this replica or another
   */
  open(question: Question, stored: StoredResponse | undefined, shares: boolean): OpenedFetch {
    const { route, below, query, key, flightKey } = question;
    const entry = shares ? route.caching?.shared?.entry(key) : undefined;
    const fetch = new ReportFetch(
      { route, below, query, storing: storingPlan(question, entry) },
      {
        now: this.#options.now,
        collecting: route.caching?.cache.collecting ?? this.#nothing,
        unattended: this.#unattended,
        patience,
        onAnswer: (outcome) => {
          remember(outcome, key, route.coolDowns, this.#options.now());
          this.#options.onFetched(outcome);
        },
        onOver: ({ flight }, left) => {
          if (shares) this.#flights.remove(flightKey, flight);
          through?.over(left);
        },
      },
    );
    const send = (copy: StoredResponse | undefined): void => {
      const refusal = takeFrom('upstream', route, this.#options.elapsed());
      if (refusal === undefined) fetch.send(upstreamRequest(question, copy));
      else fetch.refuse(refusal);
    };
    const through =
      entry &&
      new SharedFetch(entry, fetch, question, stored, {
        now: this.#options.now,
        send,
        refresh: (copy) => this.refresh(question, copy, this.#options.now()),
      });
    if (shares) this.#flights.add(flightKey, fetch.flight);
    return through ?? { flight: fetch.flight, send: () => send(stored) };
  }

  /** Fetches a stored report anew while its stale copy is served, unless that is under way or failed a moment ago. */
  refresh(question: Question, stored: StoredResponse, now: EpochMs): void {
    if (question.route.coolDowns.active(question.key, true, now) !== undefined) return;
    if (this.underWay(question) !== undefined) return;
    this.open(question, stored, true).send();
  }
}

const patience: Patience = (over) => systemEffects.setTimer(PATIENCE, over);

const upstreamRequest = (question: Question, stored: StoredResponse | undefined): UpstreamRequest => {
  const { route, head, format, fields } = question;
  const validating = stored !== undefined && canValidate(stored, route) ? stored : undefined;
  return { headers: upstreamHeaders(route, head, format, validating, fields), validating };
};

const storingPlan = (question: Question, entry: SharedEntry | undefined): StoringPlan | undefined => {
  const { route, key, directives, fields } = question;
  if (route.caching === undefined || directives.noStore) return undefined;
  const plan = {
    caching: route.caching,
    key,
    directives,
    request: rawHeaders(fields),
    format: expectedFormat(question),
  };
  return entry === undefined
    ? plan
    : { ...plan, onStored: (report) => entry.save(report), onDropped: () => entry.end('gone') };
};
