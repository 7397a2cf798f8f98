/**
 * A field value without the white space around it, which in HTTP is SP and HTAB (RFC 9110 §5.6.3). `String.trim` also
 * takes NBSP and line ends, so two readers would disagree about where a value ends.
 */
export const trimmed = (value: string): string => {
  let start = 0;
  let end = value.length;
  while (start < end && isWhiteSpace(value.charCodeAt(start))) start++;
  while (end > start && isWhiteSpace(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
};

/** The members of a list without quoted strings (RFC 9110 §5.6.1), such as `Vary` and `Connection`, in lower case. */
export const listMembers = (value: string): string[] => value.toLowerCase().split(',').map(trimmed);

/**
 * The members of a list in which quoted strings hold commas, without the white space around them, in linear time. A
 * quote that is never closed is a character like others, so that a stray one hides no `no-store` behind it.
 */
export const quotedListMembers = (text: string): string[] => {
  if (!text.includes('"')) return text.split(',').map(trimmed);
  const members: string[] = [];
  let start = 0;
  for (const { 0: found, 1: end, index } of text.matchAll(/,|"(?:[^"\\]|\\.?)*("|$)/gs)) {
    if (found === ',') {
      members.push(trimmed(text.slice(start, index)));
      start = index + 1;
    } else if (end === '') {
      const [rest, ...others] = text.slice(index).split(',');
      return [...members, ...[text.slice(start, index) + rest, ...others].map(trimmed)];
    }
  }
  return [...members, trimmed(text.slice(start))];
};

/** Written one after the other, in lower case. */
export const fieldNames = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const isWhiteSpace = (code: number): boolean => code === 0x20 || code === 0x09;

/** Of a repeated field the lines come joined by a comma (RFC 9110 §5.3). Policy knows no other shape of a header. */
export type HeaderLookup = (lowerCaseName: string) => string | undefined;

/** Reads a flat list, such as Node's `rawHeaders`. Node's record keeps only the first of two `Age` or `Expires`. */
export const rawHeaders =
  (flat: readonly string[]): HeaderLookup =>
  (lowerCaseName) => {
    let found: string | undefined;
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const name = flat[i] ?? '';
      if (name.length !== lowerCaseName.length || name.toLowerCase() !== lowerCaseName) continue;
      const value = flat[i + 1] ?? '';
      found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  };
