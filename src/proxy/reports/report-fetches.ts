import type { EpochMs } from '../../base/units.ts';
import { Allowance } from '../../cache/store/allowance.ts';
import type { Flight } from '../../cache/store/flight.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import type { ReportHead } from '../answer/report-head.ts';
import { remember } from './failure-memory.ts';
import type { Question } from './question.ts';
import { type FetchOutcome, ReportFetch } from './report-fetch.ts';
import { SharedFetch } from './shared-fetch.ts';

export interface ReportFetchesOptions {
  readonly now: () => EpochMs;
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

/** The requests upstream, and which of them are under way for others to join. */
export class ReportFetches {
  readonly #options: ReportFetchesOptions;
  readonly #underWay = new Map<string, Flight<ReportHead>>();
  readonly #unattended = new Allowance(MOST_UNATTENDED);

  constructor(options: ReportFetchesOptions) {
    this.#options = options;
  }

  /** The flight that already brings the answer, if any. */
  underWay({ flightKey }: Question): Flight<ReportHead> | undefined {
    return this.#underWay.get(flightKey);
  }

  /**
   * Prepares a request upstream. Join its flight, then `send` it.
   * @param stored a copy to validate if it can be
   * @param shares whether others may join, on this replica or another
   */
  open(question: Question, stored: StoredResponse | undefined, shares: boolean): OpenedFetch {
    const { now, onFetched } = this.#options;
    const { route, key, flightKey } = question;
    const entry = shares ? route.caching?.shared?.entry(key) : undefined;
    const fetch = new ReportFetch(question, entry, {
      now,
      unattended: this.#unattended,
      onAnswer: (outcome) => {
        remember(outcome, key, route.coolDowns, now());
        onFetched(outcome);
      },
      onOver: (left) => {
        // A newer flight may have taken its place.
        if (this.#underWay.get(flightKey) === fetch.flight) this.#underWay.delete(flightKey);
        through?.over(left);
      },
    });
    const refresh = (copy: StoredResponse): void => this.refresh(question, copy, now());
    const through = entry && new SharedFetch(entry, fetch, question, stored, { now, refresh });
    if (shares) this.#underWay.set(flightKey, fetch.flight);
    return through ?? { flight: fetch.flight, send: () => fetch.send(stored) };
  }

  /** Fetches a stored report anew while its stale copy is served, unless that is under way or failed a moment ago. */
  refresh(question: Question, stored: StoredResponse, now: EpochMs): void {
    if (question.route.coolDowns.active(question.key, true, now) !== undefined) return;
    if (this.underWay(question) !== undefined) return;
    this.open(question, stored, true).send();
  }
}
