const httpUrl = (text: string): URL | null => {
  const url = URL.parse(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : null;
};

/**
 * Says whether a text may be the base of other URLs: absolute http or https, and without credentials (they would end up
 * in logs), query and fragment (they would be lost when a path is appended).
 */
export const isBaseUrl = (text: string): boolean => {
  const url = httpUrl(text);
  return url !== null && url.username + url.password === '' && !/[?#]/.test(text);
};

/** As {@link isBaseUrl}, and without a path: scheme, host and port only. */
export const isOrigin = (text: string): boolean => isBaseUrl(text) && new URL(text).pathname === '/';

/**
 * Says whether a text is the URL of an HTTP proxy: http or https, with or without credentials, and nothing behind the
 * port.
 */
export const isProxyUrl = (text: string): boolean => {
  const url = httpUrl(text);
  if (url === null || url.pathname !== '/' || /[?#]/.test(text)) return false;
  return isEscaped(url.username) && isEscaped(url.password);
};

const isEscaped = (text: string): boolean => !/%(?![0-9a-f]{2})/i.test(text);
