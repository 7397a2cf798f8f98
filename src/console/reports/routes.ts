import type { ProxyStatus, ReportAddresses, RouteFacts } from '../../admin/wire.ts';

/** The routes that a page at this host name can ask: a browser says in `Host` what is in its address, nothing else. */
export const routesAt = (routes: readonly RouteFacts[], hostName: string): readonly RouteFacts[] =>
  routes.filter(({ hosts }) => hosts.length === 0 || hosts.includes(hostName.toLowerCase()));

/** The chosen one, else the first. */
export const routeOf = (
  { routes, reports }: Pick<ProxyStatus, 'routes' | 'reports'>,
  name: string | undefined,
  hostName: string,
): RouteFacts | undefined => {
  const here = routesAt(routes, hostName);
  return (
    here.find((it) => it.name === name) ?? here.find(({ prefix }) => prefix === reports.prefix) ?? here[0]
  );
};

/** Which of Adobe's APIs it leads to: their reports have other dimensions. */
export const apiOf = ({ prefix, upstream }: Pick<RouteFacts, 'prefix' | 'upstream'>): 'CMU' | 'ESM' =>
  /\besm\b/.test(`${upstream} ${prefix}`) ? 'ESM' : 'CMU';

/** Names of route and API, as far as they say more than each other. */
export const routeName = (route: RouteFacts): string => {
  const api = apiOf(route);
  return route.name.toUpperCase() === api ? api : `${route.name} (${api})`;
};

/** Where callers find the route: the origin of the public listener, by the route's own name if it has one. */
export const publicOrigin = ({ publicUrl, prefix }: ReportAddresses, { hosts }: RouteFacts): string => {
  const [host] = hosts;
  const base = publicUrl?.slice(0, -prefix.length) ?? 'http://localhost';
  if (host === undefined) return base;
  const url = new URL(base);
  url.hostname = host;
  return url.origin;
};
