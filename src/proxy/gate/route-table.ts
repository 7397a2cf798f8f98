import { hostName } from './host-name.ts';
import { PrefixTree } from './prefix-tree.ts';

/** What of a route decides which requests are for it. */
export interface Placed {
  readonly prefix: string;
  /** Names in `Host`, in lower case and without port; none: any. */
  readonly hosts: readonly string[];
}

/**
 * Finds the route of a request: of those under its host the one with the longest prefix, else of those for any host. Made once for each
 * configuration; a look-up allocates nothing, and looks at hosts only where there are routes with some.
 */
export class RouteTable<R extends Placed> {
  readonly routes: readonly R[];
  /** Whether `Host` matters to {@link find}. */
  readonly usesHosts: boolean;
  readonly #anyHost: PrefixTree<R>;
  readonly #byHost = new Map<string, PrefixTree<R>>();
  #lastHost: string | undefined;
  #last: PrefixTree<R> | undefined;

  constructor(routes: readonly R[]) {
    this.routes = routes;
    this.#anyHost = new PrefixTree(routes.filter(({ hosts }) => hosts.length === 0));
    for (const host of new Set(routes.flatMap(({ hosts }) => hosts))) {
      this.#byHost.set(host, new PrefixTree(routes.filter(({ hosts }) => hosts.includes(host))));
    }
    this.usesHosts = this.#byHost.size > 0;
  }

  /** @param raw path and query  @param host the value of `Host`, needed only if {@link usesHosts} */
  find(raw: string, host?: string): R | undefined {
    if (this.usesHosts && host !== undefined) {
      const found = this.#treeOf(host)?.find(raw);
      if (found !== undefined) return found;
    }
    return this.#anyHost.find(raw);
  }

  /** Callers mostly repeat the name that the last one used. */
  #treeOf(host: string): PrefixTree<R> | undefined {
    if (host !== this.#lastHost) {
      this.#lastHost = host;
      this.#last = this.#byHost.get(hostName(host).toLowerCase());
    }
    return this.#last;
  }
}
