import type { ReportFormat } from '../adobe/negotiated-format.ts';

/**
 * The key of a GET's answer, which HEAD shares. All that chooses an answer is in it; what is not must not be forwarded
 * where the answer may be stored. Injective up to {@link normalisedQuery}: each part is preceded by its length, so no
 * bytes of one part can pass for another. Nothing is decoded and nothing dropped: `;`, `%3b` and `%00` stay distinct.
 * @param route routes share no entries
 * @param path raw, byte for byte as it is forwarded
 * @param query raw, as it is forwarded, with its `?`: `access_token` is already gone. Empty if there is none
 */
export const cacheKey = (route: string, path: string, query: string, format: ReportFormat): string => {
  const normal = format === 'csv' || query === '' ? query : `?${normalisedQuery(query.slice(1))}`;
  return `GET ${format} ${route.length}:${route} ${path.length}:${path} ${normal.length}:${normal}`;
};

/**
 * Brings parameters of different names into one order (by name, in code units), keeping the order of those that share
 * a name: `b=1&a=2&b=0` becomes `a=2&b=1&b=0`. The name ends at the first `=`, so that `a!=1` is not one of `a`'s.
 *
 * Left as they are: queries with a bare name, since `?platform&channel` adds columns in that order; with a name that
 * holds `%` or `+`, which the API may read as a name that is here as well; and with `;`, which some servers read as
 * `&`. (The caller leaves out CSV, whose file name lists the filters in their order.)
 */
export const normalisedQuery = (query: string): string => {
  if (query.indexOf('&') === -1 || query.indexOf(';') !== -1) return query;
  const parameters = query.split('&');
  let sorted = true;
  let previous = '';
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    if (equals === -1) return query;
    const name = parameter.slice(0, equals);
    if (name.indexOf('%') !== -1 || name.indexOf('+') !== -1) return query;
    if (name < previous) sorted = false;
    previous = name;
  }
  return sorted ? query : parameters.sort(byName).join('&');
};

/** `Array.prototype.sort` is stable: parameters of one name keep their order. */
const byName = (a: string, b: string): number => {
  const nameA = a.slice(0, a.indexOf('='));
  const nameB = b.slice(0, b.indexOf('='));
  return nameA < nameB ? -1 : nameA > nameB ? 1 : 0;
};
