import { Recent } from '../../base/recent.ts';
import { negotiatedFormat, type ReportFormat } from '../../cache/adobe/negotiated-format.ts';
import { cacheKey } from '../../cache/policy/cache-key.ts';
import { withoutCredentials } from './query-credentials.ts';
import type { Route } from './route.ts';
import type { RouteTable } from './route-table.ts';
import { judgeTarget, type TargetVerdict } from './target.ts';

/** A target under the prefix of a route, as it goes on. */
export class AskedTarget {
  readonly kind = 'report';
  readonly route: Route;
  /** The path below the prefix: empty, or starting with `/`. */
  readonly below: string;
  /** The query with its `?`, or empty; without credentials. */
  readonly query: string;
  /** Both. */
  readonly whole: string;
  #accept: string | undefined;
  #variant: Variant | undefined;

  constructor(route: Route, below: string, query: string) {
    this.route = route;
    this.below = below;
    this.query = query;
    this.whole = below + query;
  }

  /** What it means to a caller with this `Accept`. */
  variant(accept: string | undefined): Variant {
    if (this.#variant === undefined || this.#accept !== accept) {
      this.#accept = accept;
      this.#variant = this.#newVariant(accept);
    }
    return this.#variant;
  }

  #newVariant(accept: string | undefined): Variant {
    const { route, below } = this;
    const query = this.query === '' ? undefined : this.query.slice(1);
    const format = route.kind === 'report' ? negotiatedFormat(below, query ?? '', accept) : 'other';
    return { format, key: cacheKey({ route: route.cacheId, path: below, query, format }) };
  }
}

export interface Variant {
  readonly format: ReportFormat;
  /** Of the cache. */
  readonly key: string;
}

/** Judges request targets. The same reports are asked for again and again, so what the last ones were found to be is kept. */
export class TargetJudge {
  readonly routes: RouteTable<Route>;
  readonly #recent = new Recent<AskedTarget>();

  constructor(routes: RouteTable<Route>) {
    this.routes = routes;
  }

  /** See {@link judgeTarget}. */
  judge(
    raw: string,
    host: string | undefined,
  ): AskedTarget | Exclude<TargetVerdict<Route>, { kind: 'report' }> {
    const known = this.routes.usesHosts ? undefined : this.#recent.get(raw);
    if (known !== undefined) return known;
    const verdict = judgeTarget(raw, this.routes, host);
    if (verdict.kind !== 'report') return verdict;
    const query = withoutCredentials(verdict.query);
    const target = new AskedTarget(verdict.route, verdict.below, query);
    // A token is not kept longer than its request.
    if (query.length === verdict.query.length) this.#recent.set(raw, target);
    return target;
  }
}
