/**
 * Visits the parameters of a raw query string (without `?`), undecoded; a bare name has no value. The name ends at the
 * first `=`: of `mvpd!=A` it is `mvpd!`.
 */
export const eachParameter = (
  query: string,
  visit: (name: string, value: string | undefined) => void,
): void => {
  for (let start = 0; start < query.length; ) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand === -1 ? query.length : ampersand;
    const equals = query.indexOf('=', start);
    if (equals === -1 || equals >= end) visit(query.slice(start, end), undefined);
    else visit(query.slice(start, equals), query.slice(equals + 1, end));
    start = end + 1;
  }
};

/**
 * Decodes the escapes of printable ASCII characters (`%68` → `h`, `%3A` → `:`) and leaves all else as it is. For
 * comparing with known ASCII words; never for what is forwarded or stored.
 */
export const percentDecoded = (text: string): string =>
  text.includes('%')
    ? text.replace(PRINTABLE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;

const PRINTABLE = /%([2-6][0-9a-f]|7[0-9a-e])/gi;
