import Type, { type StaticDecode, type TSchema } from 'typebox';
import { Secret } from '../secret.ts';
import { isBaseUrl, isOrigin } from './base-url.ts';

/**
 * Every setting of cmu-proxy: type, default, bounds, unit and documentation in one place. `load.ts` validates with it,
 * `generate.ts` writes `config/default.yaml`, `config/schema.json` and the reference in `docs/` from it, and
 * the environment variable of a key is derived from its path (`listen.port` is `CMU_PROXY_LISTEN_PORT`).
 */

/** Path prefix such as `/cmu/v2`: plain segments, no dot segments, no slash at the end. */
const PREFIX = String.raw`^(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+$`;

/** A DNS name, without port. */
const HOST_NAME = '^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$';

const section = <T extends Record<string, TSchema>>(description: string, properties: T) =>
  Type.Object(properties, { description, additionalProperties: false });

const text = (description: string, fallback: string, more: Record<string, unknown> = {}) =>
  Type.String({ description, default: fallback, ...more });

const integer = (
  description: string,
  fallback: number,
  bounds: { minimum: number; maximum: number; unit?: string },
) => Type.Integer({ description, default: fallback, ...bounds });

/** An absolute http(s) URL without credentials, query and fragment; what follows its path is up to the user. */
const url = (description: string, fallback: string) =>
  Type.Codec(
    Type.Refine(text(description, fallback, { kind: 'url', pattern: '^https?://[^?#]+$' }), isBaseUrl),
  )
    .Decode((value) => new URL(value))
    .Encode((value) => value.href);

/** As `url`, and without a path. */
const origin = (description: string, fallback: string) =>
  Type.Codec(
    Type.Refine(text(description, fallback, { kind: 'origin', pattern: '^https?://[^/?#]+/?$' }), isOrigin),
  )
    .Decode((value) => new URL(value))
    .Encode((value) => value.href);

/** A path in the file system; empty means "none". Relative paths are taken from the working directory. */
const file = (description: string) =>
  Type.Codec(text(description, '', { kind: 'file' }))
    .Decode((value): string | undefined => (value === '' ? undefined : value))
    .Encode((value) => value ?? '');

/** A text that must never be printed; each has a twin key ending in `File` (environment: `…_FILE`). */
const secret = (description: string) =>
  Type.Codec(text(description, '', { kind: 'secret' }))
    .Decode((value): Secret | undefined => (value === '' ? undefined : new Secret(value)))
    .Encode((value) => value?.reveal() ?? '');

/** The twin of a secret, `…File`: where to read it from, without its last newline. */
const secretFile = (description: string) =>
  Type.Codec(text(description, '', { kind: 'secretFile' }))
    .Decode((value): string | undefined => (value === '' ? undefined : value))
    .Encode((value) => value ?? '');

const texts = (description: string, item: Record<string, unknown> = { minLength: 1 }) =>
  Type.Array(Type.String(item), { description, default: [] });

/** Permissions of a file, written as `chmod` takes them. */
const fileMode = (description: string, fallback: string) =>
  Type.Codec(
    text(description, fallback, {
      pattern: '^0?[0-7]{3}$',
      expects: 'an octal mode in quotes, such as "0660"',
    }),
  )
    .Decode((value) => Number.parseInt(value, 8))
    .Encode((value) => value.toString(8).padStart(4, '0'));

const port = (description: string, fallback: number) =>
  integer(description, fallback, { minimum: 0, maximum: 65_535 });

const duration = (description: string, fallback: number, minimum: number, maximum: number) =>
  integer(description, fallback, { minimum, maximum, unit: 'milliseconds' });

const bytes = (description: string, fallback: number, minimum = 0) =>
  integer(description, fallback, { minimum, maximum: 2 ** 40, unit: 'bytes' });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIB = 1024 * 1024;

export const ConfigSchema = section('Configuration of cmu-proxy.', {
  listen: section('The public listener: internal tools call it as if it were Adobe.', {
    host: text('Address to listen on. Anything but loopback also needs `listen.allowRemote`.', '127.0.0.1', {
      minLength: 1,
    }),
    port: port('Port to listen on; 0 takes a free one.', 8080),
    prefix: text('Path prefix under which reports are served. Nothing outside it reaches Adobe.', '/cmu/v2', {
      pattern: PREFIX,
      expects: 'a path such as /cmu/v2: plain segments, no slash at the end',
    }),
    allowRemote: Type.Boolean({
      description:
        'Allow a listener on a non-loopback address. Whoever can reach it can read your reports, so put a NetworkPolicy or a firewall before it.',
      default: false,
    }),
    allowedHosts: texts(
      'Names that callers may call both listeners by, such as `cmu-proxy.reports.svc`, without port. `localhost`, addresses and `listen.host` always may; other names are refused (421), because a web page can make its own name mean 127.0.0.1.',
      { pattern: HOST_NAME },
    ),
    socketPath: file(
      'Unix domain socket to listen on in place of `listen.host` and `listen.port`. The file of a process that has died is replaced; reports are then not on the private listener.',
    ),
    socketMode: fileMode('Permissions of the socket: who may write to it may call.', '0600'),
    tls: section('TLS on the public listener.', {
      certFile: file(
        'PEM certificate of the listener, with its chain; https is spoken then. Renewed files are taken up within a minute, on SIGHUP at once.',
      ),
      keyFile: file('PEM private key of the certificate, not encrypted.'),
      clientCaFile: file(
        'PEM bundle of authorities: only callers with a certificate of one of them get a connection; reports are then not on the private listener.',
      ),
    }),
    callerTokens: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
          // Not shown in mistakes: the commonest one is to put the token itself here.
          sha256: Type.String({ pattern: '^[0-9a-fA-F]{64}$', kind: 'secret' }),
        },
        { additionalProperties: false },
      ),
      {
        description:
          'Tokens of callers: a name for the log, and the SHA-256 of the token in hex (`printf %s "$TOKEN" | sha256sum`; make tokens with `openssl rand -hex 32`). If there are any, each request for a report needs one, as `Authorization: Bearer` or `X-Cmu-Proxy-Token`.',
        expects: 'a list of {name, sha256} (in the environment: a JSON array)',
        default: [],
      },
    ),
    maxConnections: integer('Connections served at once; more are answered 503.', 1024, {
      minimum: 1,
      maximum: 1_000_000,
      unit: 'connections',
    }),
    headersTimeoutMs: duration('Time a caller has to send its whole request head.', 10_000, 100, 10 * MINUTE),
    keepAliveTimeoutMs: duration('Time an idle caller connection stays open.', 65_000, 0, HOUR),
    writeTimeoutMs: duration(
      'Time a caller may go without reading a byte of its answer before the connection is closed.',
      30_000,
      100,
      HOUR,
    ),
  }),
  admin: section('The private listener: health, metrics, status, console. Never publish it.', {
    host: text('Address to listen on. Probes from a kubelet need `0.0.0.0`.', '127.0.0.1', { minLength: 1 }),
    port: port('Port to listen on; 0 takes a free one.', 9901),
  }),
  softwareStatement: secret(
    'The software statement (a JWT) downloaded from the Adobe TVE Dashboard. Prefer `softwareStatementFile`.',
  ),
  softwareStatementFile: file(
    'File that holds the software statement. It is watched: a changed file is registered without a restart.',
  ),
  dcr: section('Adobe Dynamic Client Registration: where credentials and tokens come from.', {
    url: url(
      'Base URL of the DCR server. Staging: `https://api.auth-staging.adobe.com`.',
      'https://api.auth.adobe.com',
    ),
    tokenRequestForm: Type.Union([Type.Literal('body'), Type.Literal('query')], {
      description:
        'How the token request carries the credentials: `body` (form body), or `query` for servers of the older procedure (secrets then land in their access logs).',
      default: 'body',
    }),
    redirectUri: text('`redirect_uri` to register; empty sends none.', ''),
    deviceInfo: Type.Record(Type.String(), Type.String(), {
      description: 'Sent as `X-Device-Info` (Base64 of this JSON object), which Adobe documents as required.',
      default: {
        primaryHardwareType: 'Server',
        model: 'cmu-proxy',
        manufacturer: 'cmu-proxy',
        osName: 'Linux',
        osVersion: '1',
      },
    }),
    timeoutMs: duration('Time for one whole DCR call.', 10_000, 100, 5 * MINUTE),
    caFile: file('PEM bundle of additional certificate authorities to trust for the DCR server.'),
  }),
  upstream: section('The CMU report API.', {
    url: origin('Origin of the report API, without a path.', 'https://mgmt.auth.adobe.com'),
    prefix: text('Path prefix at the upstream that `listen.prefix` is mapped to.', '/cmu/v2', {
      pattern: PREFIX,
      expects: 'a path such as /cmu/v2: plain segments, no slash at the end',
    }),
    connectTimeoutMs: duration('Time to connect, TLS included.', 5_000, 100, 5 * MINUTE),
    headersTimeoutMs: duration(
      'Time until the first byte of the answer. Large reports are computed first.',
      60_000,
      100,
      HOUR,
    ),
    bodyIdleTimeoutMs: duration('Longest pause within an answer.', 30_000, 100, HOUR),
    maxConnections: integer('Connections to the report API.', 64, {
      minimum: 1,
      maximum: 4096,
      unit: 'connections',
    }),
    caFile: file('PEM bundle of additional certificate authorities to trust for the report API.'),
  }),
  state: section('Where credentials and token survive a restart.', {
    dir: file(
      'Folder of the state file (0700). Empty: `$XDG_STATE_HOME/cmu-proxy`, else `~/.local/state/cmu-proxy`. The image uses `/var/lib/cmu-proxy`.',
    ),
    key: secret(
      'Key that seals the state file (a JWE, `dir` with A256GCM): 32 bytes in Base64 or hex, as `openssl rand -base64 32` makes them. Prefer `state.keyFile`. Empty: plain JSON, mode 0600.',
    ),
    keyFile: secretFile('File that holds the key.'),
    previousKeyFiles: texts(
      'Files with the keys that came before: they open what they sealed, and the start seals it with `state.key`; take them off the list then.',
    ),
  }),
  redis: section('A store for many replicas: one registration, one token, one budget of DCR calls for all.', {
    url: secret(
      'Redis 7 or Valkey 8: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. Empty: this process shares nothing. What is stored is sealed with `state.key`, which all replicas must have in common.',
    ),
    urlFile: secretFile('File that holds the URL.'),
    nodes: texts('More nodes, each `host:port`: of the cluster, or further Sentinels.', {
      pattern: String.raw`^[^/?#@\s]+$`,
    }),
    cluster: Type.Boolean({
      description: 'Redis Cluster: `redis.url` and `redis.nodes` are where to start looking for its nodes.',
      default: false,
    }),
    sentinelMaster: text(
      'Redis Sentinel: the name of the master; `redis.url` and `redis.nodes` are Sentinels then.',
      '',
    ),
    keyPrefix: text('First part of every key. Replicas that share it share state and budget.', 'cmu-proxy', {
      pattern: '^[A-Za-z0-9:._-]{1,64}$',
    }),
    replicas: integer(
      'Replicas that call Adobe from the same address, at most. While Redis is away each spreads its calls over four seconds for each of them.',
      10,
      { minimum: 1, maximum: 100_000, unit: 'replicas' },
    ),
    timeoutMs: duration('Time to connect to Redis, and for each command.', 1_000, 50, MINUTE),
  }),
  cache: section('The report cache (in memory).', {
    maxBytes: bytes(
      'Memory for stored reports, headers and keys included; 0 switches the cache off.',
      64 * MIB,
    ),
    maxEntryBytes: bytes('Largest report that is stored, as received (compressed).', 8 * MIB, 1024),
    schedule: section(
      'How often Adobe computes reports anew, by their finest time dimension: for so long they are served without asking. The defaults are as documented by Adobe.',
      {
        yearMs: duration('Reports by year.', 2 * DAY, 0, 30 * DAY),
        monthMs: duration('Reports by month.', 2 * DAY, 0, 30 * DAY),
        dayMs: duration('Reports by day.', 3 * HOUR, 0, 30 * DAY),
        hourMs: duration('Reports by hour.', HOUR, 0, 30 * DAY),
        minuteMs: duration('Reports by minute.', MINUTE, 0, 30 * DAY),
        histogramMs: duration(
          'Reports with `concurrency-level` or `activity-level`, whatever their time dimension.',
          DAY,
          0,
          30 * DAY,
        ),
      },
    ),
    aliases: Type.Array(
      Type.Object(
        {
          path: Type.String({ pattern: String.raw`^(/[^/?#.\s]+)+$` }),
          granularity: Type.Union(
            (['year', 'month', 'day', 'hour', 'minute', 'histogram'] as const).map((it) => Type.Literal(it)),
          ),
        },
        { additionalProperties: false },
      ),
      {
        description:
          'Paths below the prefix that do not name their dimensions, and the schedule that reports at or below them follow. Dimensions further down the path still count.',
        expects:
          'a list of mappings with path and granularity (year, month, day, hour, minute or histogram; in the environment: a JSON array)',
        default: [{ path: '/billing/daily', granularity: 'day' }],
      },
    ),
    defaultTtlMs: duration('Lifetime of reports whose path tells no granularity.', MINUTE, 0, DAY),
    settledTtlMs: duration(
      'Lifetime of reports whose range ended so long ago that Adobe recomputes them no more. One shorter than the schedule has no effect.',
      7 * DAY,
      0,
      366 * DAY,
    ),
    settledAfterMs: duration(
      'How long after the end of its range a report may still change: three runs of the slowest schedule, and a day for time zones.',
      7 * DAY,
      0,
      366 * DAY,
    ),
    staleWhileRevalidateMs: duration(
      'How long past its lifetime a report may be served at once while it is fetched anew in the background.',
      HOUR,
      0,
      30 * DAY,
    ),
    staleIfErrorMs: duration(
      'How long past its lifetime a report may be served when Adobe fails.',
      2 * DAY,
      0,
      30 * DAY,
    ),
    warmUp: section('Reports that are fetched before anybody asks for them.', {
      reports: Type.Array(
        Type.Object(
          {
            path: Type.String({ pattern: String.raw`^/[^#\s]*$` }),
            accept: Type.Optional(Type.String({ pattern: '^[ -~]+$' })),
          },
          { additionalProperties: false },
        ),
        {
          description:
            'Reports to have in the cache at all times: fetched at start, in this order, and again as they expire. `path` is path and query as callers send them, prefix included; `accept` is the `Accept` that they send, if it chooses the format.',
          expects: 'a list of mappings with path and, if need be, accept (in the environment: a JSON array)',
          default: [],
        },
      ),
      requestsPerMinute: integer(
        'Most requests that the warm-up sends to Adobe in a minute, evenly spaced.',
        30,
        {
          minimum: 1,
          maximum: 6000,
          unit: 'requests per minute',
        },
      ),
    }),
  }),
  log: section('Logs: one JSON line an event on stdout.', {
    level: Type.Union(
      (['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const).map((level) =>
        Type.Literal(level),
      ),
      { description: 'Least level that is written.', default: 'info' },
    ),
  }),
  shutdown: section('Stopping.', {
    graceMs: duration('Time that requests in flight have to finish after SIGTERM.', 10_000, 0, 10 * MINUTE),
  }),
  sandbox: section('The built-in stand-in for Adobe (`cmu-proxy sandbox`, `cmu-proxy demo`).', {
    port: port('Port to listen on; 0 takes a free one.', 8090),
  }),
});

/** `T` with everything in it read-only; URLs and secrets are values already. */
type Immutable<T> = T extends URL | Secret | undefined
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/**
 * The configuration that the program works with: complete, within bounds, URLs as `URL`, secrets as `Secret`, and
 * `undefined` where a file, folder or secret was not given. Only `loadConfig` makes one.
 */
export type Config = Immutable<StaticDecode<typeof ConfigSchema>>;
