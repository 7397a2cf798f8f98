/**
 * The name in a `Host` field as names are compared: without its port, in lower case, and without the dot that ends a
 * fully qualified one; an IPv6 address with its brackets.
 */
export const hostName = (host: string): string => {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  const name = (end > 0 ? host.slice(0, end) : host).toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
};
