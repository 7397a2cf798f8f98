import type { Config } from '../settings/schema.ts';
import { isLoopback } from './loopback.ts';

const isRedisUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(text);
  return (
    /^rediss?:$/.test(protocol) &&
    hostname !== '' &&
    /^(\/\d*)?$/.test(pathname) &&
    search === '' &&
    hash === ''
  );
};

export const redisUrlIsOne = ({ redis: { url } }: Config) =>
  url !== undefined && !isRedisUrl(url.reveal())
    ? {
        key: 'redis.url',
        dependsOn: ['redis.urlFile'],
        expected:
          'expected redis://[user:password@]host[:port][/database], or rediss:// for TLS; characters such as @ and / in a password are written as %40 and %2F',
      }
    : undefined;

/** Whoever can read the Redis could use credentials and token that are not sealed. */
export const redisNeedsAKey = ({ redis, state }: Config) =>
  redis.url !== undefined && state.key === undefined
    ? {
        key: 'state.keyFile',
        dependsOn: ['state.key', 'redis.url'],
        expected:
          'expected a key, the same for all replicas: what is shared through redis.url is sealed before it leaves the process',
      }
    : undefined;

export const redisIsOfOneKind = ({ redis }: Config) =>
  redis.cluster && redis.sentinelMaster !== ''
    ? {
        key: 'redis.cluster',
        dependsOn: ['redis.sentinelMaster'],
        expected: 'expected either this or redis.sentinelMaster, not both',
      }
    : undefined;

/** Files for TLS beside a URL without it would be read and never used. */
export const redisTlsIsSpoken = ({ redis }: Config) => {
  const given = (['caFile', 'certFile', 'keyFile'] as const).find((name) => redis[name] !== undefined);
  return given !== undefined && redis.url !== undefined && !/^rediss:/i.test(redis.url.reveal())
    ? {
        key: `redis.${given}`,
        dependsOn: ['redis.url', 'redis.urlFile'],
        expected: 'expected a rediss:// URL beside it: there is no TLS without one',
      }
    : undefined;
};

export const sharedReportsNeedRedis = ({ redis }: Config) =>
  redis.reports.maxEntryBytes > 0 && redis.url === undefined
    ? {
        key: 'redis.reports.maxEntryBytes',
        dependsOn: ['redis.url', 'redis.urlFile'],
        expected: 'expected redis.url beside it: that is where reports are shared',
      }
    : undefined;

/** A warning, where it is due: the state is sealed, the password is not. */
export const redisInTheClear = ({ redis: { url } }: Config) => {
  if (url === undefined || !isRedisUrl(url.reveal())) return undefined;
  const { protocol, hostname } = new URL(url.reveal());
  return protocol === 'redis:' && !isLoopback(hostname)
    ? { key: 'redis.url', message: 'The password of Redis travels unencrypted: use rediss:.' }
    : undefined;
};
