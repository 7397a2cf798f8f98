import type { StoredResponse } from '../store/stored-response.ts';

/** What a look into the shared level came to. One for each {@link SharedEntry.find}. */
export const LOOK_OUTCOMES = [
  /** A report that could be used. */
  'hit',
  /** The same, after another replica had been waited for. */
  'waited',
  /** None, and it is this replica's turn to fetch it, or everybody's. */
  'miss',
  /** None yet when the bound of waiting for another replica was over. */
  'gave-up',
  /** Something that is not a report of ours: damaged, or put there by somebody else. */
  'invalid',
  /** No answer within the bound. */
  'timeout',
  /** The store refused, or could not be reached. */
  'error',
  /** Not asked: it failed several times a moment ago. */
  'skipped',
] as const;
export type LookOutcome = (typeof LOOK_OUTCOMES)[number];

/** What became of a report that might have been shared. */
export const SAVE_OUTCOMES = ['saved', 'superseded', 'not-shareable', 'error', 'skipped'] as const;
export type SaveOutcome = (typeof SAVE_OUTCOMES)[number];

/** How a turn ends without a report to share. */
export type TurnEnd =
  /** Nobody wanted the report any more: the next one may fetch it. */
  | 'left'
  /** It failed, or is not to be shared: whoever waits fetches it himself. */
  | 'nothing-to-share'
  /** The report is gone, or forbidden by now: so is the shared copy. */
  | 'gone';

/**
 * What one report's fetch has to do with the shared level. Nothing here rejects or throws, and nothing takes longer
 * than its bounds: a shared level that fails is one that has nothing.
 */
export interface SharedEntry {
  /**
   * Looks for the report. Where another replica is fetching it, waits for that, unless what is there is good already.
   * @param isGood whether a copy will do as it is
   * @returns the last copy that was seen, good or not
   */
  find(isGood: (copy: StoredResponse) => boolean, signal: AbortSignal): Promise<StoredResponse | undefined>;
  /** Shares what was fetched, in the background, and ends this replica's turn. */
  save(report: StoredResponse): void;
  /** Ends this replica's turn, if it has it. */
  end(how: TurnEnd): void;
}

/** A level behind the memory of this process, in which many replicas keep reports together. */
export interface SharedReports {
  /** @param key of the memory's level (`cache-key.ts`) */
  entry(key: string): SharedEntry;
}
