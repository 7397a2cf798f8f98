import { BlockList, isIP } from 'node:net';

/**
 * All that texts name, each an address such as `10.0.0.1`, or a network such as `10.0.0.0/8`.
 * @returns `undefined` if one of them is neither
 */
export const addressesIn = (texts: readonly string[]): BlockList | undefined => {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', bits, ...more] = text.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const hasBits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (isIP(address) === 0 || !hasBits || more.length > 0) return undefined;
    list.addSubnet(address, Number(bits ?? most), family);
  }
  return list;
};
