const httpUrl = (text: string): URL | null => {
  const url = URL.parse(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : null;
};

/** Absolute http(s) without credentials (logs would show them), query or fragment (no path could be appended). */
export const isBaseUrl = (text: string): boolean => {
  const url = httpUrl(text);
  return url !== null && url.username + url.password === '' && !/[?#]/.test(text);
};

/** As {@link isBaseUrl}, and without a path: scheme, host and port only. */
export const isOrigin = (text: string): boolean => isBaseUrl(text) && new URL(text).pathname === '/';

/** The URL of an HTTP proxy: http(s), with or without credentials, and nothing behind the port. */
export const isProxyUrl = (text: string): boolean => {
  const url = httpUrl(text);
  if (url === null || url.pathname !== '/' || /[?#]/.test(text)) return false;
  return isEscaped(url.username) && isEscaped(url.password);
};

const isEscaped = (text: string): boolean => !/%(?![0-9a-f]{2})/i.test(text);
