/** The name in a `Host` field, without its port; of an IPv6 address with its brackets. */
export const hostName = (host: string): string => {
  if (host.startsWith('[')) {
    const end = host.indexOf(']');
    return end === -1 ? host : host.slice(0, end + 1);
  }
  const colon = host.indexOf(':');
  return colon === -1 ? host : host.slice(0, colon);
};
