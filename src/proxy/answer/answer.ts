import type { Milliseconds } from '../../base/units.ts';
import type { Flight } from '../../cache/store/flight.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import type { CacheOutcome } from '../../http/answered-request.ts';
import type { RouteCaching } from '../gate/route.ts';
import type { Problem } from './problem.ts';

export type Answer = StoredAnswer | FlightAnswer | ProblemAnswer;

export interface StoredAnswer {
  readonly kind: 'stored';
  readonly stored: StoredResponse;
  readonly caching: RouteCaching | undefined;
  readonly cache: CacheOutcome;
  /** In the place of that of a plain hit. */
  readonly cacheStatus?: string | undefined;
  readonly insteadOf?: string;
}

/** A request upstream, under way or about to be. */
export interface FlightAnswer {
  readonly kind: 'flight';
  readonly flight: Flight<ReportHead>;
  readonly cache: CacheOutcome;
  /** Called when the flight has been joined. `undefined`: another caller's request brings the answer. */
  readonly send: (() => void) | undefined;
  /** Judges the head. @returns the value of `Cache-Status` to send it with, or another answer to give in its place */
  headed(head: ReportHead): string | Answer;
  problemOf(error: Error): Problem;
  /** The answer in the place of one that failed before its head came. */
  instead(problem: Problem): Answer;
}

/** The head of an upstream answer as every caller of its flight gets it. */
export interface ReportHead {
  readonly status: number;
  readonly headers: readonly string[];
  readonly gzip: boolean;
  /** For how long it is fresh, if it is being stored. */
  readonly storedFor: Milliseconds | undefined;
  /** Whether callers other than the one whose request went out may have it. */
  readonly shareable: boolean;
  /** From sending the request to this head; `undefined` if none was sent. */
  readonly upstreamDuration: Milliseconds | undefined;
  /** The whole body, decoded, if that had to be done anyway. */
  readonly decoded: Buffer | undefined;
  /** There is no body: the answer is made from this copy. */
  readonly copy: AnsweringCopy | undefined;
}

export interface AnsweringCopy {
  readonly stored: StoredResponse;
  /** `validation`: a 304 has confirmed it. `shared`: another replica fetched it. */
  readonly from: 'validation' | 'shared';
}

export interface ProblemAnswer {
  readonly kind: 'problem';
  readonly problem: Problem;
}
