/**
 * How policy reads header fields: a lower-case name in, the combined field value out (RFC 9110 §5.3: the lines of a
 * repeated field joined by a comma), `undefined` when the field is absent. The policy files know no other shape.
 */
export type HeaderLookup = (lowerCaseName: string) => string | undefined;

/** A lookup that finds nothing. */
export const NO_HEADERS: HeaderLookup = () => undefined;

/**
 * Reads a record of lower-cased names, as Node's `request.headers` and undici's response handlers give them.
 * Names such as `__proto__` find only what the record itself holds.
 */
export const recordHeaders =
  (record: Readonly<Record<string, string | readonly string[] | undefined>>): HeaderLookup =>
  (lowerCaseName) => {
    if (!Object.hasOwn(record, lowerCaseName)) return undefined;
    const value = record[lowerCaseName];
    return value === undefined || typeof value === 'string' ? value : value.join(', ');
  };

/**
 * Reads a flat list of names and values in turn, as Node's `rawHeaders` give them. Unlike Node's record it loses no
 * repeated line (Node keeps only the first `Age` or `Expires`).
 */
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
