/**
 * Removes `access_token` parameters from a raw query: Adobe accepts a token there (docs/adobe.md §6), so a caller could
 * smuggle one past the injected header. Everything else stays byte for byte.
 *
 * The name is compared percent-decoded (`access%5Ftoken` is the same name to a server), and after `;` as well as after
 * `&`, since some servers split at both.
 * @param query the query with its `?`, or empty
 */
export const withoutAccessToken = (query: string): string => {
  // Almost every query ends here. A hidden spelling of the name needs an escape.
  if (!query.includes('token') && !query.includes('%')) return query;
  let kept = '';
  let start = 1;
  for (let i = 1; i <= query.length; i++) {
    const end = i === query.length || query[i] === '&' || query[i] === ';';
    if (!end) continue;
    const pair = query.slice(start, i);
    if (!isAccessToken(pair)) kept += (kept === '' ? '?' : query.charAt(start - 1)) + pair;
    start = i + 1;
  }
  // Untouched queries come back as they were, even odd ones such as `?` or `?&`.
  return kept.length === query.length ? query : kept;
};

const isAccessToken = (pair: string): boolean => {
  const equals = pair.indexOf('=');
  const name = equals === -1 ? pair : pair.slice(0, equals);
  if (name === 'access_token') return true;
  if (!name.includes('%')) return false;
  try {
    return decodeURIComponent(name) === 'access_token';
  } catch {
    return false;
  }
};
