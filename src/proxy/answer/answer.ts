import type { Flight } from '../../cache/store/flight.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import type { CacheOutcome } from '../../http/answered-request.ts';
import type { RouteCaching } from '../gate/route.ts';
import type { Problem } from './problem.ts';
import type { ReportHead } from './report-head.ts';

/** The answer to a question. A sender gives it to the caller. */
export type Answer = StoredAnswer | FlightAnswer | ProblemAnswer;

/** A stored copy. */
export interface StoredAnswer {
  readonly kind: 'stored';
  readonly stored: StoredResponse;
  readonly caching: RouteCaching | undefined;
  readonly cache: CacheOutcome;
  /** In the place of that of a plain hit. */
  readonly cacheStatus?: string | undefined;
  /** What the upstream said or did that it stands in for: the name of a problem, or `status-503`. */
  readonly insteadOf?: string;
}

/** A request upstream, under way or about to be. */
export interface FlightAnswer {
  readonly kind: 'flight';
  readonly flight: Flight<ReportHead>;
  readonly cache: CacheOutcome;
  /**
   * Sends the request; called when the flight has been joined. `undefined`: another caller's request brings the
   * answer.
   */
  readonly send: (() => void) | undefined;
  /** Judges the head. @returns the value of `Cache-Status` to send it with, or another answer to give in its place */
  headed(head: ReportHead): string | Answer;
  problemOf(error: Error): Problem;
  /** The answer in the place of one that failed before its head came. */
  instead(problem: Problem): StoredAnswer | ProblemAnswer;
}

/** Words of the proxy's own. */
export interface ProblemAnswer {
  readonly kind: 'problem';
  readonly problem: Problem;
  /** More header fields, flat. */
  readonly fields?: readonly string[];
}
