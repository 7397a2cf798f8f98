import type { EpochMs } from '../../base/units.ts';
import { Allowance } from '../../cache/store/allowance.ts';
import type { Flight } from '../../cache/store/flight.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import type { ReportHead } from '../answer/report-head.ts';
import { type FetchOutcome, remember } from './cool-down.ts';
import type { Question } from './question.ts';
import { type FetchEffects, ReportFetch } from './report-fetch.ts';
import { SharedFetch } from './shared-fetch.ts';

/** Fetches that go on although everybody who had asked for them has left. */
const MOST_UNATTENDED = 16;

/** The requests upstream, and which of them are under way for others to join. */
export class ReportFetches {
  readonly #now: () => EpochMs;
  readonly #onFetched: (outcome: FetchOutcome) => void;
  readonly #underWay = new Map<string, Flight<ReportHead>>();
  readonly #unattended = new Allowance(MOST_UNATTENDED);

  /** @param onFetched called for each request that went upstream, once its answer has begun or none will come */
  constructor(now: () => EpochMs, onFetched: (outcome: FetchOutcome) => void) {
    this.#now = now;
    this.#onFetched = onFetched;
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
  open(question: Question, stored: StoredResponse | undefined, shares: boolean): ReportFetch {
    const { route, key, flightKey } = question;
    const effects: FetchEffects = {
      now: this.#now,
      unattended: this.#unattended,
      onAnswer: (outcome) => {
        remember(outcome, key, route.coolDowns, this.#now());
        this.#onFetched(outcome);
      },
      onOver: () => {
        // A newer flight may have taken its place.
        if (this.#underWay.get(flightKey) === fetch.flight) this.#underWay.delete(flightKey);
      },
      refresh: (copy) => this.refresh(question, copy, this.#now()),
    };
    const entry = shares ? route.caching?.shared?.entry(key) : undefined;
    const fetch =
      entry === undefined
        ? new ReportFetch(question, stored, effects)
        : new SharedFetch(question, stored, effects, entry);
    if (shares) this.#underWay.set(flightKey, fetch.flight);
    return fetch;
  }

  /** Fetches a stored report anew while its stale copy is served, unless that is under way or failed a moment ago. */
  refresh(question: Question, stored: StoredResponse, now: EpochMs): void {
    if (question.route.coolDowns.active(question.key, true, now) !== undefined) return;
    if (this.underWay(question) !== undefined) return;
    this.open(question, stored, true).send();
  }
}
