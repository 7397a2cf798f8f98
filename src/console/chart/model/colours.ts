/** Which colour a name has. Once given it stays, whatever else is drawn, so that an eye can learn it. */

/** Colours of the palette in `theme.css`. */
export const PALETTE = 12;

/** The names in the order in which they were first seen: their place decides. @returns the same list if none is new */
export const withNames = (known: readonly string[], names: readonly string[]): readonly string[] => {
  const missing = names.filter((name) => !known.includes(name));
  return missing.length === 0 ? known : [...known, ...missing];
};

/** Where the browser keeps them, so that they are the same tomorrow. */
const KEY = 'cmu-proxy.colours.';
const MOST_KEPT = 1000;

const remembered = new Map<string, readonly string[]>();

/** A place in the palette for each name. @param scope what they are names of: MVPDs and channels do not share */
export const coloursOf = (scope: string, names: readonly string[]): readonly number[] => {
  const before = remembered.get(scope) ?? read(scope);
  const after = withNames(before, names);
  remembered.set(scope, after);
  if (after !== before) write(scope, after);
  return names.map((name) => after.indexOf(name) % PALETTE);
};

const read = (scope: string): readonly string[] => {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(KEY + scope) ?? '[]');
    return Array.isArray(names) ? names.filter((it) => typeof it === 'string') : [];
  } catch {
    return [];
  }
};

/** A browser may forbid it; then they last as long as the page. */
const write = (scope: string, names: readonly string[]): void => {
  try {
    localStorage.setItem(KEY + scope, JSON.stringify(names.slice(0, MOST_KEPT)));
  } catch {
    remembered.set(scope, names);
  }
};
