import { errorCode } from '../base/error-code.ts';
import type { EpochMs } from '../base/units.ts';
import { type ReloadOutcome, ReloadTally } from '../metrics/reload-tally.ts';
import { Traffic, type TrafficCounts } from '../metrics/traffic.ts';
import { DcrError, type DcrEvent } from '../oauth/index.ts';
import type { FetchOutcome } from '../proxy/reports/cool-down.ts';
import { DcrHistory } from './dcr-history.ts';
import { DcrMetrics } from './dcr-metrics.ts';

/** What was last heard of report APIs. */
export interface UpstreamNotes {
  lastAnswer: { readonly at: EpochMs; readonly status: number; readonly durationMs: number } | null;
  lastFailure: { readonly at: EpochMs; readonly reason: string } | null;
  /** When the failures began that no good answer has ended. */
  failingSince: EpochMs | null;
}

/** Everything that is remembered for metrics, status and console. Gateway and token sources report to it. */
export class Telemetry {
  readonly startedAt: EpochMs;
  readonly traffic = new Traffic();
  readonly dcr = new DcrMetrics();
  readonly history = new DcrHistory();
  readonly reloads: ReloadTally;
  readonly #now: () => EpochMs;
  readonly upstream: UpstreamNotes = { lastAnswer: null, lastFailure: null, failingSince: null };

  constructor(now: () => EpochMs) {
    this.#now = now;
    this.startedAt = now();
    this.reloads = new ReloadTally(this.startedAt);
  }

  dcrEvent(client: string, event: DcrEvent): void {
    this.dcr.record(client, event);
    this.history.record(client, event, this.#now());
  }

  /** The configuration was read while running. @param waiting how many settings wait for a restart since */
  reloaded(outcome: ReloadOutcome, waiting: number): void {
    this.reloads.record(outcome, this.#now(), waiting);
  }

  fetched(outcome: FetchOutcome): void {
    const { status, error, duration } = outcome;
    // Without a token nothing was sent: that is no failure of the report API.
    if (error instanceof DcrError) return;
    this.traffic.fetched(outcome);
    const at = this.#now();
    const { upstream } = this;
    if (status !== undefined) upstream.lastAnswer = { at, status, durationMs: duration };
    if (status === undefined || status >= 500 || status === 429) {
      // The code only: messages of network errors hold addresses.
      upstream.lastFailure = {
        at,
        reason: status === undefined ? (errorCode(error) ?? 'unknown error') : `status ${status}`,
      };
      upstream.failingSince ??= at;
    } else {
      upstream.failingSince = null;
    }
  }

  /** Takes up what another process has counted and noted since it last told. */
  add(traffic: TrafficCounts, { lastAnswer, lastFailure, failingSince }: UpstreamNotes): void {
    this.traffic.add(traffic);
    const { upstream } = this;
    const isNews = isLater(lastAnswer, upstream.lastAnswer) || isLater(lastFailure, upstream.lastFailure);
    // Processes fail together, or one of them alone: the one that was heard of last knows best.
    if (isNews)
      upstream.failingSince = failingSince === null ? null : (upstream.failingSince ?? failingSince);
    if (isLater(lastAnswer, upstream.lastAnswer)) upstream.lastAnswer = lastAnswer;
    if (isLater(lastFailure, upstream.lastFailure)) upstream.lastFailure = lastFailure;
  }
}

type Noted = { readonly at: EpochMs } | null;

const isLater = (one: Noted, other: Noted): boolean => (one?.at ?? 0) > (other?.at ?? 0);
