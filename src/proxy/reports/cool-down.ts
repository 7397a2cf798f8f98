import { LRUCache } from 'lru-cache';
import { after, type EpochMs, milliseconds } from '../../base/units.ts';
import type { Problem } from '../answer/problem.ts';

/** Why no request goes upstream for now. */
export interface CoolDown {
  readonly until: EpochMs;
  /** What callers are told who would have caused that request. */
  readonly problem: Problem;
  /** Holds only for callers who can be served a stale copy; others may try. */
  readonly refreshOnly?: boolean;
}

/** Reports whose last fetch failed, remembered one by one. */
const MAX_REMEMBERED_FAILURES = 1024;

/** The pause after an origin could not be reached in time; it doubles up to the longest while that goes on. */
const FIRST_ORIGIN_PAUSE = 1_000;
const LONGEST_ORIGIN_PAUSE = 16_000;

/**
 * What a route remembers of failures, so that nobody waits for the same time-out twice and a throttled API is left
 * alone: one pause for the whole route (429, origin not reachable in time), and one per report.
 */
export class CoolDowns {
  #route: CoolDown | undefined;
  /** The pause of an origin out of reach. */
  #unreachable: CoolDown | undefined;
  #unreachableAt: EpochMs | undefined;
  #reachedAt: EpochMs | undefined;
  #originPause = FIRST_ORIGIN_PAUSE;
  readonly #reports = new LRUCache<string, CoolDown>({ max: MAX_REMEMBERED_FAILURES });

  /**
   * The pause that forbids a request for this report now, if any. @param hasCopy whether a stale copy can be served
   * instead
   */
  active(key: string, hasCopy: boolean, now: EpochMs): CoolDown | undefined {
    if (this.#route !== undefined) {
      if (this.#route.until > now) return this.#route;
      this.#route = undefined;
    }
    if (this.#unreachable !== undefined && this.#unreachable.until > now) return this.#unreachable;
    // The map is empty on nearly every request.
    if (this.#reports.size === 0) return undefined;
    const report = this.#reports.get(key);
    if (report === undefined || report.until <= now) return undefined;
    return report.refreshOnly === true && !hasCopy ? undefined : report;
  }

  /** No request of this route until then. A shorter pause never replaces a longer one. */
  pauseRoute(until: EpochMs, problem: Problem): void {
    if (this.#route === undefined || this.#route.until < until) this.#route = { until, problem };
  }

  /**
   * The origin could not be reached in time: a pause that doubles each time in a row. What began before the last one
   * was known is one with it, and what began before the origin answered others says little: a new connection timed out,
   * and kept ones work.
   * @param begunAt when the request was sent
   */
  pauseUnreachable(now: EpochMs, begunAt: EpochMs, problem: Problem): void {
    if (isBefore(begunAt, this.#unreachableAt) || isBefore(begunAt, this.#reachedAt)) return;
    this.#unreachableAt = now;
    this.#unreachable = { until: after(now, milliseconds(this.#originPause)), problem };
    this.#originPause = Math.min(2 * this.#originPause, LONGEST_ORIGIN_PAUSE);
  }

  /** The origin answered, whatever it said. */
  reached(now: EpochMs): void {
    this.#reachedAt = now;
    this.#unreachable = undefined;
    this.#originPause = FIRST_ORIGIN_PAUSE;
  }

  pauseReport(key: string, pause: CoolDown): void {
    this.#reports.set(key, pause);
  }

  /** The origin answered this report well. */
  recovered(key: string): void {
    if (this.#reports.size > 0) this.#reports.delete(key);
  }
}

const isBefore = (at: EpochMs, other: EpochMs | undefined): boolean => other !== undefined && at < other;

/** The problem as told to a caller who comes while the pause lasts. */
export const duringPause = (coolDown: CoolDown, now: EpochMs): Problem => ({
  ...coolDown.problem,
  retryAfterSeconds: Math.max(1, Math.ceil((coolDown.until - now) / 1000)),
});
