/**
 * How policy reads header fields: a lower-case name in, the combined field value out (RFC 9110 §5.3: the lines of a
 * repeated field joined by a comma), `undefined` when the field is absent. The policy files know no other shape.
 */
export type HeaderLookup = (lowerCaseName: string) => string | undefined;

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
