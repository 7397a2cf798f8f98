/**
 * Says whether a text may be the base of other URLs: absolute http or https, and without credentials (they would end up
 * in logs), query and fragment (they would be lost when a path is appended).
 */
export function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    !text.includes('?') &&
    !text.includes('#')
  );
}

/** As {@link isBaseUrl}, and without a path: scheme, host and port only. */
export function isOrigin(text: string): boolean {
  return isBaseUrl(text) && new URL(text).pathname === '/';
}
