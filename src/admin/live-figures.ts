import { between, type EpochMs } from '../base/units.ts';
import { REQUEST_BOUNDS, type Traffic } from '../metrics/traffic.ts';
import { ratesBetween, type Totals } from './rates.ts';
import type { Rates } from './wire.ts';

/** Turns counts since the start into rates since the last look. */
export class LiveFigures {
  readonly #traffic: Traffic;
  #last: { readonly at: EpochMs; readonly totals: Totals };

  constructor(traffic: Traffic, now: EpochMs) {
    this.#traffic = traffic;
    this.#last = { at: now, totals: traffic.totals() };
  }

  look(now: EpochMs): { readonly totals: Totals; readonly rates: Rates } {
    const before = this.#last;
    const totals = this.#traffic.totals();
    this.#last = { at: now, totals };
    return { totals, rates: ratesBetween(before.totals, totals, between(before.at, now), REQUEST_BOUNDS) };
  }
}
