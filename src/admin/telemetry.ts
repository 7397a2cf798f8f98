import { errorCode } from '../base/error-code.ts';
import { type EpochMs, isoTime, withIsoTimes } from '../base/units.ts';
import { type ReloadOutcome, ReloadTally } from '../metrics/reload-tally.ts';
import { Traffic, type TrafficCounts } from '../metrics/traffic.ts';
import { DcrError, type DcrEvent } from '../oauth/index.ts';
import type { FetchOutcome } from '../proxy/reports/cool-down.ts';
import { DcrMetrics } from './credential-metrics.ts';
import { DcrHistory } from './dcr-history.ts';
import type { UpstreamHealth } from './wire.ts';

/** What was last heard of report APIs. */
export interface UpstreamNotes {
  readonly answer: { readonly at: EpochMs; readonly status: number; readonly durationMs: number } | null;
  readonly failure: { readonly at: EpochMs; readonly reason: string } | null;
  /** When the failures began that no good answer has ended. */
  readonly failingSince: EpochMs | null;
}

/** Everything that is remembered for metrics, status and console. Gateway and token sources report to it. */
export class Telemetry {
  readonly startedAt: EpochMs;
  readonly traffic = new Traffic();
  readonly dcr = new DcrMetrics();
  readonly history = new DcrHistory();
  readonly reloads: ReloadTally;
  readonly #now: () => EpochMs;
  #lastAnswer: UpstreamNotes['answer'] = null;
  #lastFailure: UpstreamNotes['failure'] = null;
  #failingSince: EpochMs | null = null;

  constructor(now: () => EpochMs) {
    this.#now = now;
    this.startedAt = now();
    this.reloads = new ReloadTally(this.startedAt);
  }

  /** For the events of the client of this name. */
  dcrEvent(client: string, event: DcrEvent): void {
    this.dcr.record(client, event);
    this.history.record(client, event, this.#now());
  }

  /** The configuration was read while running. @param waiting how many settings wait for a restart since */
  reloaded(outcome: ReloadOutcome, waiting: number): void {
    this.reloads.record(outcome, this.#now(), waiting);
  }

  /** For `GatewayOptions.onFetched`. */
  fetched(outcome: FetchOutcome): void {
    const { status, error, duration } = outcome;
    // Without a token nothing was sent: that is no failure of the report API.
    if (error instanceof DcrError) return;
    this.traffic.fetched(outcome);
    const at = this.#now();
    if (status !== undefined) this.#lastAnswer = { at, status, durationMs: duration };
    if (status === undefined || status >= 500 || status === 429) {
      this.#lastFailure = { at, reason: failureReason(status, error) };
      this.#failingSince ??= at;
    } else {
      this.#failingSince = null;
    }
  }

  get noted(): UpstreamNotes {
    return { answer: this.#lastAnswer, failure: this.#lastFailure, failingSince: this.#failingSince };
  }

  /** Takes up what another process has counted and noted since it last told. */
  add(traffic: TrafficCounts, { answer, failure, failingSince }: UpstreamNotes): void {
    this.traffic.add(traffic);
    const isNews =
      (answer?.at ?? 0) > (this.#lastAnswer?.at ?? 0) || (failure?.at ?? 0) > (this.#lastFailure?.at ?? 0);
    // Processes fail together, or one of them alone: the one that was heard of last knows best.
    if (isNews) this.#failingSince = failingSince === null ? null : (this.#failingSince ?? failingSince);
    this.#lastAnswer = later(this.#lastAnswer, answer);
    this.#lastFailure = later(this.#lastFailure, failure);
  }

  get upstream(): UpstreamHealth {
    // Written for people only when somebody looks: this is called for every report fetched.
    return {
      lastAnswer: this.#lastAnswer && withIsoTimes(this.#lastAnswer),
      lastFailure: this.#lastFailure && withIsoTimes(this.#lastFailure),
      failingSince: this.#failingSince === null ? null : isoTime(this.#failingSince),
    };
  }
}

const later = <T extends { readonly at: EpochMs }>(one: T | null, other: T | null): T | null =>
  one === null || (other !== null && other.at > one.at) ? other : one;

/** The code only: messages of network errors hold addresses. */
const failureReason = (status: number | undefined, error: Error | undefined): string => {
  if (status !== undefined) return `status ${status}`;
  return errorCode(error) ?? 'unknown error';
};
