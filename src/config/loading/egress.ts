import { Secret } from '../../base/secret.ts';
import { isProxyUrl } from '../rules/base-url.ts';
import { isExempt } from '../rules/no-proxy.ts';
import type { Config } from '../settings/schema.ts';
import type { Environment } from './environment.ts';
import { type ConfigMistake, printable } from './mistake.ts';

/**
 * The configuration with the way out settled for each DCR server and report API: what its `proxy` says, else what the
 * environment does (`HTTPS_PROXY` for https URLs, `HTTP_PROXY` for http, `NO_PROXY`, in small letters first). No
 * `proxy` is left then where none is used.
 * @param mistakes takes those of the environment
 */
export const withEgress = (config: Config, env: Environment, mistakes: ConfigMistake[]): Config => {
  const settled = <T extends Pick<Config['dcr'], 'url' | 'proxy'>>(place: T): T => {
    if (place.proxy !== undefined) {
      return { ...place, proxy: place.proxy.reveal() === 'none' ? undefined : place.proxy };
    }
    const found = isExempt(place.url, read(env, 'no_proxy')?.value ?? '')
      ? undefined
      : read(env, place.url.protocol === 'https:' ? 'https_proxy' : 'http_proxy');
    if (found === undefined) return place;
    const proxy = /^[a-z][a-z0-9+.-]*:\/\//i.test(found.value) ? found.value : `http://${found.value}`;
    if (isProxyUrl(proxy)) return { ...place, proxy: new Secret(proxy) };
    if (!mistakes.some(({ key }) => key === found.variable)) {
      mistakes.push({
        key: found.variable,
        given: printable(found.value, { secret: true }),
        expected: 'expected http://[user:password@]host[:port], or https:// for TLS to the proxy',
      });
    }
    return place;
  };
  return {
    ...config,
    dcr: settled(config.dcr),
    upstream: settled(config.upstream),
    clients: config.clients.map((client) => ({ ...client, dcr: settled(client.dcr) })),
    routes: config.routes.map((route) => ({ ...route, upstream: settled(route.upstream) })),
  };
};

/** In small letters first, as in curl. An empty variable counts as not set. */
const read = (
  env: Environment,
  name: string,
): { readonly variable: string; readonly value: string } | undefined => {
  for (const variable of [name, name.toUpperCase()]) {
    const value = env[variable]?.trim() ?? '';
    if (value !== '') return { variable, value };
  }
  return undefined;
};
