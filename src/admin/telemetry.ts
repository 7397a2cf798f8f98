import { errorCode } from '../base/error-code.ts';
import type { EpochMs } from '../base/units.ts';
import { ReloadTally } from '../metrics/reload-tally.ts';
import { Traffic, type TrafficCounts } from '../metrics/traffic.ts';
import { DcrError, type DcrEvent } from '../oauth/index.ts';
import type { FetchOutcome } from '../proxy/reports/cool-down.ts';
import { DcrHistory } from './dcr-history.ts';
import { DcrMetrics } from './dcr-metrics.ts';
import type { UpstreamHealth } from './wire.ts';

export type UpstreamNotes = UpstreamHealth<EpochMs>;

/** Everything that is remembered for metrics, status and console. Gateway and token sources report to it. */
export class Telemetry {
  readonly startedAt: EpochMs;
  readonly traffic = new Traffic();
  readonly dcr = new DcrMetrics();
  readonly history = new DcrHistory();
  readonly reloads: ReloadTally;
  readonly #now: () => EpochMs;
  readonly upstream: { -readonly [Note in keyof UpstreamNotes]: UpstreamNotes[Note] } = {
    lastAnswer: null,
    lastFailure: null,
    failingSince: null,
  };

  constructor(now: () => EpochMs) {
    this.#now = now;
    this.startedAt = now();
    this.reloads = new ReloadTally(now);
  }

  dcrEvent(client: string, event: DcrEvent): void {
    this.dcr.record(client, event);
    this.history.record(client, event, this.#now());
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
      const reason = status === undefined ? (errorCode(error) ?? 'unknown error') : `status ${status}`;
      upstream.lastFailure = { at, reason };
      upstream.failingSince ??= at;
    } else {
      upstream.failingSince = null;
    }
  }

  /** Takes up what another process has counted and noted since it last told. */
  add(traffic: TrafficCounts, { failingSince, ...other }: UpstreamNotes): void {
    this.traffic.add(traffic);
    const { upstream } = this;
    const lastAnswer = laterOf(upstream.lastAnswer, other.lastAnswer);
    const lastFailure = laterOf(upstream.lastFailure, other.lastFailure);
    // Processes fail together, or one of them alone: the one that was heard of last knows best.
    if (lastAnswer !== upstream.lastAnswer || lastFailure !== upstream.lastFailure) {
      upstream.failingSince = failingSince && (upstream.failingSince ?? failingSince);
    }
    Object.assign(upstream, { lastAnswer, lastFailure });
  }
}

const laterOf = <T extends { readonly at: EpochMs } | null>(own: T, other: T): T =>
  (other?.at ?? 0) > (own?.at ?? 0) ? other : own;
