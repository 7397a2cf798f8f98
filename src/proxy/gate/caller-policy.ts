import { badRequest, type Problem, problemOf } from '../answer/problem.ts';
import { hostName } from './host-name.ts';
import type { RequestHead } from './request-head.ts';

/** Who may call: what a request's head must look like before anything else is done with it. Pure. */
export interface CallerPolicy {
  /** Lower-case host names that the listener answers to, without port, besides `localhost` and IP literals. */
  readonly allowedHosts: ReadonlySet<string>;
}

/**
 * Judges a head. A page in a browser can reach a loopback port: by a DNS name of its own that it binds anew to
 * 127.0.0.1 (then `Host` is foreign), or across sites (then the browser says so in `Origin` and `Sec-Fetch-Site`).
 * Tools send neither.
 * @returns the refusal, or `undefined` if the request may go on
 */
export const refusalOf = (head: RequestHead, policy: CallerPolicy): Problem | undefined => {
  if (head.hostRepeated) return badRequest('The request has more than one Host field.');
  if (head.endless) return badRequest('The request has a Transfer-Encoding other than chunked.');
  // HTTP/1.0 callers may leave it out; nobody can rebind what is not sent.
  if (head.host !== undefined && !isOurHost(head.host, policy)) return misdirected;
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

const isOurHost = (host: string, policy: CallerPolicy): boolean => {
  const name = hostName(host);
  return name === 'localhost' || isAddress(name) || policy.allowedHosts.has(name);
};

/**
 * Whether a name that a target holds means us. Of addresses only loopback is beyond doubt: which others are ours we do
 * not know.
 */
export const isOwnName = (name: string, { allowedHosts }: CallerPolicy): boolean =>
  name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name) || allowedHosts.has(name);

/** An IP literal can not be rebound: whoever sends it knew where it goes. */
const isAddress = (name: string): boolean => /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])$/.test(name);

const isSameOrigin = (origin: string, host: string | undefined): boolean =>
  host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
