/*
 * Loaded into the suite's client: what it tells its origin (`/config/…`, `/state/…`) goes there and not through the
 * proxy, which serves reports and refuses the methods that this takes.
 */
const origin = process.env['SUITE_ORIGIN'] ?? '';
const { fetch } = globalThis;

globalThis.fetch = (target, init) => {
  const url = new URL(String(target));
  return fetch(/^\/(config|state)\//.test(url.pathname) ? new URL(url.pathname, origin) : target, init);
};
