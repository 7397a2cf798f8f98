import type { Rule, Warning } from '../loading/mistake.ts';
import type { Config } from '../settings/schema.ts';
import { isLoopback } from './loopback.ts';

const urlOf = ({ redis }: Config): string => redis.url?.reveal() ?? '';

const isRedisUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^rediss?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    /^(\/\d*)?$/.test(url.pathname) &&
    url.search + url.hash === ''
  );
};

const URL_KEYS = ['redis.url', 'redis.urlFile'];

export const REDIS_RULES: readonly Rule[] = [
  {
    key: 'redis.url',
    dependsOn: ['redis.urlFile'],
    expected:
      'expected redis://[user:password@]host[:port][/database], or rediss:// for TLS; characters such as @ and / in a password are written as %40 and %2F',
    isBroken: (config) => config.redis.url !== undefined && !isRedisUrl(urlOf(config)),
  },
  {
    // Whoever can read the Redis could use credentials and token that are not sealed.
    key: 'state.keyFile',
    dependsOn: ['state.key', 'redis.url'],
    expected:
      'expected a key, the same for all replicas: what is shared through redis.url is sealed before it leaves the process',
    isBroken: ({ redis, state }) => redis.url !== undefined && state.key === undefined,
  },
  {
    key: 'redis.cluster',
    dependsOn: ['redis.sentinelMaster'],
    expected: 'expected either this or redis.sentinelMaster, not both',
    isBroken: ({ redis }) => redis.cluster && redis.sentinelMaster !== '',
  },
  // Files for TLS beside a URL without it would be read and never used.
  ...(['caFile', 'certFile', 'keyFile'] as const).map((name) => ({
    key: `redis.${name}`,
    dependsOn: URL_KEYS,
    expected: 'expected a rediss:// URL beside it: there is no TLS without one',
    isBroken: (config: Config) => config.redis[name] !== undefined && /^(?!rediss:)./i.test(urlOf(config)),
  })),
  {
    key: 'redis.reports.maxEntryBytes',
    dependsOn: URL_KEYS,
    expected: 'expected redis.url beside it: that is where reports are shared',
    isBroken: ({ redis }) => redis.reports.maxEntryBytes > 0 && redis.url === undefined,
  },
];

/** The state is sealed, the password is not. */
export const REDIS_IN_THE_CLEAR: Warning = {
  key: 'redis.url',
  message: 'The password of Redis travels unencrypted: use rediss:.',
  isDue: (config) => {
    const url = URL.parse(urlOf(config));
    return url?.protocol === 'redis:' && !isLoopback(url.hostname);
  },
};
