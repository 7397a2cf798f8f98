import { badRequest, type Problem, problemOf } from '../answer/problem.ts';
import type { RequestHead } from './request-head.ts';

/**
 * Who may call: judges a request's head before anything else is done with it. Pure. A page in a browser can reach a
 * loopback port: by a DNS name of its own that it binds anew to 127.0.0.1 (then `Host` is foreign), or across sites
 * (then the browser says so in `Origin` and `Sec-Fetch-Site`). Tools send neither.
 * @param allowedHosts lower-case names that the listener answers to, besides `localhost` and IP literals
 */
export const refusalOf = (head: RequestHead, allowedHosts: ReadonlySet<string>): Problem | undefined => {
  if (head.hostRepeated) return badRequest('The request has more than one Host field.');
  if (head.endless) return badRequest('The request has a Transfer-Encoding other than chunked.');
  // HTTP/1.0 callers may leave it out; nobody can rebind what is not sent.
  if (head.host !== undefined && !isOurHost(head.host, allowedHosts)) return misdirected;
  const site = head.secFetchSite;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return crossSite;
  if (head.origin !== undefined && !isSameOrigin(head.origin, head.host)) return crossSite;
  return undefined;
};

const misdirected = problemOf(
  'misdirected-host',
  'The Host field names a host that this proxy does not answer to. Call it by address or as localhost, or add the name to `listen.allowedHosts` or to the `hosts` of a route.',
  { close: true },
);

const crossSite = problemOf(
  'cross-site',
  'The request was made by a page of another origin in a browser. Call the proxy from a program, or through a back end of your own.',
  { close: true },
);

const isOurHost = (host: string, allowedHosts: ReadonlySet<string>): boolean => {
  const name = hostName(host);
  return name === 'localhost' || isAddress(name) || allowedHosts.has(name);
};

/** Whether a name that a target holds means us. Which addresses besides loopback are ours we do not know. */
export const isOwnName = (name: string, allowedHosts: ReadonlySet<string>): boolean =>
  name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name) || allowedHosts.has(name);

/** As names are compared: without port or final dot, in lower case; an IPv6 address with its brackets. */
export const hostName = (host: string): string => {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  const name = (end > 0 ? host.slice(0, end) : host).toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
};

/** An IP literal can not be rebound: whoever sends it knew where it goes. */
const isAddress = (name: string): boolean => /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])$/.test(name);

const isSameOrigin = (origin: string, host: string | undefined): boolean =>
  host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
