import { hostName } from './caller-policy.ts';
import type { AnyRoute } from './route.ts';

export type Placed = Pick<AnyRoute, 'prefix' | 'hosts'>;

const SLASH = 0x2f;
const DOT = 0x2e;
const QUESTION = 0x3f;

/** Finds the route of a request: the longest prefix among those of its host, else among those for any host. */
export class RouteTable<R extends Placed> {
  readonly usesHosts: boolean;
  readonly #sorted: readonly R[];

  /** @param routes of two in the same place, the first counts */
  constructor(routes: readonly R[]) {
    this.usesHosts = routes.some(({ hosts }) => hosts.length > 0);
    this.#sorted = routes.toSorted(
      (a, b) => Math.sign(b.hosts.length) - Math.sign(a.hosts.length) || b.prefix.length - a.prefix.length,
    );
  }

  /** @param raw path and query  @param host the value of `Host`, needed only if {@link usesHosts} */
  find(raw: string, host?: string): R | undefined {
    const name = this.usesHosts && host !== undefined ? hostName(host) : '';
    return this.#sorted.find(
      ({ prefix, hosts }) => (hosts.length === 0 || hosts.includes(name)) && isUnder(raw, prefix),
    );
  }
}

/** A root report may name its format as every other does: `/cmu/v2.csv` (docs/adobe.md §8). */
const ROOT_FORMAT = /^\.(?:json|xml|csv|html)(?:\?|$)/;

/** Whether the target is the prefix, alone or followed by `/`, `?` or the extension of a format. */
const isUnder = (raw: string, prefix: string): boolean => {
  if (!raw.startsWith(prefix)) return false;
  const code = raw.charCodeAt(prefix.length);
  if (raw.length === prefix.length || code === SLASH || code === QUESTION) return true;
  return code === DOT && ROOT_FORMAT.test(raw.slice(prefix.length));
};
