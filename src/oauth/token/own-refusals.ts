import { after, type EpochMs } from '../../base/units.ts';
import { placeRemembered } from './refusal-policy.ts';

export interface Place {
  readonly route: string;
  /** Without the query. */
  readonly path: string;
}

const MOST_PLACES = 1_000;

/**
 * Places that refuse whatever token they are sent, remembered for a while: a path, or a whole route that has never
 * taken any. Requests still go there, so that a change shows at once.
 */
export class OwnRefusals {
  readonly #places = new Map<string, { readonly until: EpochMs; readonly times: number }>();
  readonly #routesTaken = new Set<string>();

  knows({ route, path }: Place, now: EpochMs): boolean {
    if (this.#places.size === 0) return false;
    return this.#isKnown(route, now) || this.#isKnown(`${route} ${path}`, now);
  }

  /** What its refusals are filed under: a route that has never taken a token is one place. */
  nameOf({ route, path }: Place): string {
    return this.#routesTaken.has(route) ? `${route} ${path}` : route;
  }

  remember(place: Place, now: EpochMs): boolean {
    if (this.knows(place, now)) return false;
    const key = this.nameOf(place);
    const times = (this.#places.get(key)?.times ?? 0) + 1;
    this.#places.delete(key);
    this.#places.set(key, { until: after(now, placeRemembered(times)), times });
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= MOST_PLACES) break;
      this.#places.delete(oldest);
    }
    return true;
  }

  taken({ route, path }: Place): void {
    this.#routesTaken.add(route);
    if (this.#places.size === 0) return;
    this.#places.delete(route);
    this.#places.delete(`${route} ${path}`);
  }

  #isKnown(key: string, now: EpochMs): boolean {
    const known = this.#places.get(key);
    return known !== undefined && now < known.until;
  }
}
