import * as kind from './kinds.ts';
import { MINUTE } from './kinds.ts';

export const redis = {
  url: kind.secret(
    'Redis 7 or Valkey 8: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. Empty: this process shares nothing. What is stored is sealed with `state.key`, which all replicas must have in common.',
  ),
  urlFile: kind.secretFile('File that holds the URL.'),
  nodes: kind.texts('More nodes, each `host:port`: of the cluster, or further Sentinels.', {
    pattern: String.raw`^[^/?#@\s]+$`,
  }),
  cluster: kind.flag(
    'Redis Cluster: `redis.url` and `redis.nodes` are where to start looking for its nodes.',
  ),
  sentinelMaster: kind.text(
    'Redis Sentinel: the name of the master; `redis.url` and `redis.nodes` are Sentinels then.',
    '',
  ),
  caFile: kind.file('PEM bundle of additional certificate authorities to trust for Redis (`rediss://`).'),
  ...kind.ownCertificate('Redis', 'redis.'),
  keyPrefix: kind.text(
    'First part of every key. Replicas that share it share state and budget.',
    'cmu-proxy',
    {
      pattern: '^[A-Za-z0-9:._-]{1,64}$',
    },
  ),
  replicas: kind.integer(
    'Replicas that call Adobe from the same address, at most. While Redis is away each spreads its calls over four seconds for each of them.',
    10,
    { minimum: 1, maximum: 100_000, unit: 'replicas' },
  ),
  timeoutMs: kind.duration('Time to connect to Redis, and for each command.', 1_000, 50, MINUTE),
  reports: kind.section('Reports that replicas share, so that a fleet fetches each once.', {
    maxEntryBytes: kind.bytes(
      'Largest report that is shared, as received (compressed); 0 shares none. Reports are sealed like the state.',
      0,
    ),
    lookupMs: kind.duration(
      'Longest wait for an answer of Redis before Adobe is asked instead.',
      100,
      5,
      MINUTE,
    ),
    waitMs: kind.duration(
      'Longest wait for another replica that is fetching the same report; Adobe is asked then as well.',
      3_000,
      100,
      10 * MINUTE,
    ),
  }),
};
