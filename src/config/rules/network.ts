import { BlockList, isIP } from 'node:net';

/** An address such as `10.0.0.1`, or a network such as `10.0.0.0/8`. */
export interface Network {
  readonly address: string;
  /** Leading bits that its addresses have in common. */
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** @returns `undefined` for a text that is neither */
export const networkIn = (text: string): Network | undefined => {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const most = family === 'ipv6' ? 128 : 32;
  const isNetwork =
    isIP(address) !== 0 &&
    more.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
  return isNetwork ? { address, bits: bits === undefined ? most : Number(bits), family } : undefined;
};

/** A list that holds the addresses of all networks. */
export const blockList = (networks: readonly Network[]): BlockList => {
  const list = new BlockList();
  for (const { address, bits, family } of networks) list.addSubnet(address, bits, family);
  return list;
};
