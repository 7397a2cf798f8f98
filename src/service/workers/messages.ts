import type { UpstreamNotes } from '../../admin/telemetry.ts';
import type { ReportCacheContents } from '../../cache/store/report-cache.ts';
import type { TrafficCounts } from '../../metrics/traffic.ts';
import type { ToBorrower, ToLender } from '../../oauth/index.ts';

/** From the process that holds the credentials to one that answers callers. */
export type ToWorker =
  | ToBorrower
  /** Read the configuration anew. */
  | { readonly kind: 'reload'; readonly ask: number }
  /** Forget the reports whose path and query begin so. */
  | { readonly kind: 'purge'; readonly ask: number; readonly path: string }
  /** Connections that are open end with their next answers. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'stop' };

/** And back. */
export type FromWorker =
  /** It answers callers, and takes messages from now on. */
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'not-started'; readonly code: string | undefined; readonly message: string }
  | ToLender
  /** What a message with an `ask` was to do is done; `result` counts what it was done to. */
  | { readonly kind: 'done'; readonly ask: number; readonly result: number }
  /** Whole lines of the log. */
  | { readonly kind: 'lines'; readonly text: string }
  | { readonly kind: 'report'; readonly report: WorkerReport };

/** What a worker has done since it last reported. */
export interface WorkerReport {
  /** Requests taken up, and refused for want of connections or time. */
  readonly opened: number;
  readonly shed: number;
  readonly traffic: TrafficCounts;
  readonly noted: UpstreamNotes;
  /** As it is now; `undefined` if the cache is off. */
  readonly cache: ReportCacheContents | undefined;
}
