import type { Flight, FlightSink } from '../../cache/store/flight.ts';
import type { ReportHead } from './report-head.ts';

/** The flights under way that others may join, by what is asked. */
export class Flights {
  readonly #byKey = new Map<string, Flight<ReportHead>>();

  get(key: string): Flight<ReportHead> | undefined {
    return this.#byKey.get(key);
  }

  /** The newest flight is the one to join. */
  add(key: string, flight: Flight<ReportHead>): void {
    this.#byKey.set(key, flight);
  }

  /** Removes the flight, unless a newer one has taken its place. */
  remove(key: string, flight: Flight<ReportHead>): void {
    if (this.#byKey.get(key) === flight) this.#byKey.delete(key);
  }
}

/** Keeps a flight going that refreshes a stored copy while nobody waits for it. */
export class BackgroundSink implements FlightSink<ReportHead> {
  readonly #flight: Flight<ReportHead>;

  constructor(flight: Flight<ReportHead>) {
    this.#flight = flight;
    flight.join(this);
  }

  head(): void {}

  data(): boolean {
    // Too large to be stored: nothing is gained by reading on.
    if (this.#flight.retainedBody === undefined) this.#flight.leave(this);
    return true;
  }

  end(): void {}

  /** The route's cool-downs have taken note. */
  fail(): void {}
}
