import type { AnyRoute } from './route.ts';
import { type Placed, RouteTable } from './route-table.ts';

/** A request target in absolute form (RFC 9112 §3.2.2), as clients send it that take us for their `http_proxy`. */
export interface AbsoluteTarget {
  /** In lower case; an IPv6 address in brackets. */
  readonly name: string;
  readonly port: string;
  /** The same in origin form, byte for byte. */
  readonly rest: string;
}

/** No user information, no percent-encoding, no other scheme: nothing that two could read in two ways. */
const ABSOLUTE = /^http:\/\/([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(?=[/?]|$)/i;

export const absoluteTarget = (raw: string): AbsoluteTarget | undefined => {
  const [whole = '', name, port = ''] = ABSOLUTE.exec(raw) ?? [];
  if (name === undefined) return undefined;
  const rest = raw.slice(whole.length);
  return { name: name.toLowerCase(), port, rest: rest.startsWith('/') ? rest : `/${rest}` };
};

/** A route as those see it who call its report API by its own name. */
type ForwardPlace = Placed & { readonly route: AnyRoute };

/** Report APIs that may be called by their own names, and the routes that lead to them. */
export class ForwardNames {
  readonly #byName = new Map<string, { ports: ReadonlySet<string>; places: RouteTable<ForwardPlace> }>();

  constructor(routes: readonly AnyRoute[]) {
    for (const [name, there] of Map.groupBy(routes, ({ upstream }) => new URL(upstream.origin).hostname)) {
      const own = there.map(({ upstream }) => new URL(upstream.origin).port);
      const ports = new Set(['', '80', '443', ...own]);
      this.#byName.set(name, { ports, places: new RouteTable(there.flatMap((it) => placesOf(it, there))) });
    }
  }

  /** Where the name's paths lead; `undefined`: it is none of these names. */
  placesAt({ name, port }: Pick<AbsoluteTarget, 'name' | 'port'>): RouteTable<ForwardPlace> | undefined {
    const known = this.#byName.get(name);
    return known?.ports.has(port) === true ? known.places : undefined;
  }
}

/**
 * Below the API's prefix, and below our own, which links in answers have. Where several routes lead to one place,
 * nobody can tell whose token is meant.
 */
const placesOf = (route: AnyRoute, there: readonly AnyRoute[]): ForwardPlace[] => {
  const prefixes = new Set([route.upstreamPrefix, route.prefix]);
  const isTaken = (prefix: string): boolean =>
    there.some((it) => it !== route && (it.upstreamPrefix === prefix || it.prefix === prefix));
  return [...prefixes].filter((prefix) => !isTaken(prefix)).map((prefix) => ({ prefix, hosts: [], route }));
};
