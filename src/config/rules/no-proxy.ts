import { isIP } from 'node:net';
import { isLoopback } from './loopback.ts';
import { addressesIn } from './network.ts';

/**
 * Whether `NO_PROXY` exempts a URL: entries separated by commas or spaces, each `*`, a name (with all below it;
 * `.name` and `*.name` likewise), an address, or a block of addresses in CIDR notation, and `:port` behind it to mean
 * that port alone. This machine is exempt without a word, as in Go.
 */
export const isExempt = (url: URL, noProxy: string): boolean => {
  const host = bare(url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return isLoopback(host) || noProxy.split(/[\s,]+/).some((entry) => covers(entry.toLowerCase(), host, port));
};

const covers = (entry: string, host: string, port: string): boolean => {
  if (entry === '*') return true;
  const [, name = entry, entryPort] = WITH_PORT.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  if (isIP(host) !== 0) {
    return addressesIn([bare(name)])?.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4') ?? false;
  }
  const domain = name.replace(/^\*?\./, '').replace(/\.$/, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
};

/** `name:port`, `[address]:port`; a bare IPv6 address has colons of its own. */
const WITH_PORT = /^(\[[^\]]*\]|[^:]*):(\d+)$/;

/** Without the brackets of an IPv6 address and the dot of a fully qualified name, in lower case. */
const bare = (host: string): string => host.replace(/^\[|\]$|\.$/g, '').toLowerCase();
