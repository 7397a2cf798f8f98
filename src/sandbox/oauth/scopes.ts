/** Scopes that open an API, as clients know them (docs/adobe.md §8). */
const SCOPES: readonly { readonly path: RegExp; readonly scope: string }[] = [
  { path: /^(\/cmu)?\/v2\/billing\//, scope: 'cmu:billing:client' },
  { path: /^(\/cmu)?\/v2/, scope: 'cmu:analytics:client' },
  { path: /^(\/esm)?\/v3/, scope: 'analytics:client' },
  { path: /^\/reset-tempass\//, scope: 'temporary:passes:owner' },
  { path: /^\/control\//, scope: 'decisions:owner' },
];

/** The scope that a call of a path needs. */
export const scopeOf = (path: string): string => SCOPES.find((known) => known.path.test(path))?.scope ?? '';

/** What an application may do here unless somebody changes it. */
export const DEFAULT_SCOPES: readonly string[] = ['api:client:v2', ...SCOPES.map(({ scope }) => scope)];
