import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Says whether a host, as written in a setting or as `URL.hostname` has it, can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const name = bindAddress(host).toLowerCase();
  const family = isIP(name);
  if (family === 0) return name === 'localhost' || name.endsWith('.localhost');
  return loopback.check(name, family === 6 ? 'ipv6' : 'ipv4');
}

/** An address to listen on, as Node takes it: of `[::]` the address alone. */
export const bindAddress = (host: string): string => host.replace(/^\[|\]$/g, '');

/** Every interface. */
export const isWildcard = (host: string): boolean => ['0.0.0.0', '::'].includes(bindAddress(host));
