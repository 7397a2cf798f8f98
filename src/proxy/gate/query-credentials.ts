/** What a caller may hold for a credential. Adobe takes a token in the query (docs/adobe.md §6). */
const CREDENTIALS: ReadonlySet<string> = new Set(['access_token', 'client_secret']);

/**
 * So that none of a caller's credentials passes the injected header or gets into a log. All else stays byte for byte.
 * Names are compared as the most lenient server would read them (percent-decoded, whatever their case, without padding,
 * brackets or more `?`), and after `;` as well as after `&`, since some servers split at both.
 */
export const withoutCredentials = (query: string): string => {
  // Almost every query ends here: a name holds one of these words, or hides them in escapes.
  if (!/token|secret|%/i.test(query)) return query;
  let kept = '';
  let start = 1;
  for (let i = 1; i <= query.length; i++) {
    const end = i === query.length || query[i] === '&' || query[i] === ';';
    if (!end) continue;
    const pair = query.slice(start, i);
    if (!CREDENTIALS.has(nameOf(pair))) kept += (kept === '' ? '?' : query.charAt(start - 1)) + pair;
    start = i + 1;
  }
  // Untouched queries come back as they were, even odd ones such as `?` or `?&`.
  return kept.length === query.length ? query : kept;
};

const nameOf = (pair: string): string => {
  const [name = ''] = pair.split('=', 1);
  const [bare = ''] = decoded(name).split('[', 1);
  return withoutPadding(bare).toLowerCase();
};

/** Escapes that stand for ASCII; the others cannot be part of these names. */
const decoded = (name: string): string =>
  name
    .replaceAll('+', ' ')
    .replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Without what servers drop around a name: white space and control characters, and a `?` that came twice. */
const withoutPadding = (name: string): string => {
  let [start, end] = [0, name.length];
  while (start < end && (name[start] === '?' || isPadding(name.charCodeAt(start)))) start++;
  while (end > start && isPadding(name.charCodeAt(end - 1))) end--;
  return name.slice(start, end);
};

const isPadding = (code: number): boolean => code <= 0x20 || code === 0x7f;
