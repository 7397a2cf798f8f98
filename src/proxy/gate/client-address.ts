import { type BlockList, isIP } from 'node:net';
import { listMembers } from '../../http/fields.ts';
import type { RequestHead } from './request-head.ts';

/**
 * Where a request comes from, for the log alone. Servers in front that are trusted say from whom they had it, in
 * `Forwarded` (RFC 7239) or `X-Forwarded-For`; what a caller has put there itself stands further left.
 */
export const clientAddress = (
  peer: string | undefined,
  { forwarded, xForwardedFor }: Pick<RequestHead, 'forwarded' | 'xForwardedFor'>,
  trusted: BlockList | undefined,
): string | undefined => {
  if (peer === undefined || trusted === undefined || !isAmong(trusted, peer)) return peer;
  const hops = forwarded === undefined ? listMembers(xForwardedFor ?? '') : listMembers(forwarded).map(forOf);
  let client = peer;
  for (const hop of hops.reverse()) {
    const address = withoutPort(hop);
    if (isIP(address) === 0) return client;
    client = address;
    if (!isAmong(trusted, address)) return client;
  }
  return client;
};

/** An IPv4 address may come as one of IPv6 (`::ffff:10.0.0.1`); the list knows it either way. */
const isAmong = (list: BlockList, address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
};

const forOf = (element: string): string => /(?:^|;)\s*for="?([^";\s]+)/i.exec(element)?.[1] ?? '';

/** `192.0.2.1:80`, `[2001:db8::1]:80`, and both without a port. */
const withoutPort = (node: string): string =>
  /^\[([0-9a-f:.]+)\](?::\d+)?$/i.exec(node)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(node)?.[1] ?? node;
