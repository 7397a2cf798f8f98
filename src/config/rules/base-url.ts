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

/**
 * Says whether a text is the URL of an HTTP proxy: http or https, with or without credentials, and nothing behind the
 * port.
 */
export function isProxyUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.pathname === '/' &&
    !/[?#]/.test(text) &&
    isEscaped(url.username) &&
    isEscaped(url.password)
  );
}

const isEscaped = (text: string): boolean => !/%(?![0-9a-f]{2})/i.test(text);

/** As {@link isBaseUrl}, and without a path: scheme, host and port only. */
export function isOrigin(text: string): boolean {
  return isBaseUrl(text) && new URL(text).pathname === '/';
}
