import type { Flight } from '../../cache/store/flight.ts';
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
