import Type from 'typebox';
import * as kind from './kinds.ts';
import { DAY, HOST_NAME, HOUR, MIB, MINUTE } from './kinds.ts';

/** For how long reports are served from memory. Routes may have it otherwise. */
export const freshness = {
  policy: kind.choice(
    'What decides where an answer does not say how long it lasts. `schedule`: how often Adobe computes reports anew; its `Last-Modified` is not believed, and only 200s are stored. `http`: RFC 9111 alone, with a tenth of the time since `Last-Modified`, an hour at most; `schedule`, `aliases`, `defaultTtlMs` and the settled lifetimes have no effect then.',
    ['schedule', 'http'],
  ),
  schedule: kind.section(
    'How often Adobe computes reports anew, by their finest time dimension: for so long they are served without asking. The defaults are as documented by Adobe.',
    {
      yearMs: kind.duration('Reports by year.', 2 * DAY, 0, 30 * DAY),
      monthMs: kind.duration('Reports by month.', 2 * DAY, 0, 30 * DAY),
      dayMs: kind.duration('Reports by day.', 3 * HOUR, 0, 30 * DAY),
      hourMs: kind.duration('Reports by hour.', HOUR, 0, 30 * DAY),
      minuteMs: kind.duration('Reports by minute.', MINUTE, 0, 30 * DAY),
      histogramMs: kind.duration(
        'Reports with `concurrency-level` or `activity-level`, whatever their time dimension.',
        DAY,
        0,
        30 * DAY,
      ),
    },
  ),
  tellFreshness: kind.flag(
    'Tell callers with `Cache-Control: max-age` (and `Age`) how long a report lasts whose origin does not say so, and with `no-store` what is not to be stored.',
    true,
  ),
  callerDirectives: kind.choice(
    'What `no-cache`, `no-store`, `max-age` and `min-fresh` of callers count for (RFC 9111 §5.2.1 leaves it to the cache). `limit`: a report that came less than `callerDirectivesMs` ago is new enough for all, and `no-store` means `no-cache`. `honour`: all they say. `ignore`: nothing. `only-if-cached` and `max-stale` always count.',
    ['limit', 'honour', 'ignore'],
  ),
  callerDirectivesMs: kind.duration(
    'Under `callerDirectives: limit`, how often callers can have one report fetched anew.',
    10_000,
    0,
    DAY,
  ),
  aliases: kind.entries(
    'Paths below the prefix that do not name their dimensions, and the schedule that reports at or below them follow. Dimensions further down the path still count.',
    'mappings with path and granularity: year, month, day, hour, minute or histogram',
    {
      path: Type.String({ pattern: String.raw`^(/[^/?#.\s]+)+$` }),
      granularity: Type.Enum(['year', 'month', 'day', 'hour', 'minute', 'histogram']),
    },
    [{ path: '/billing/daily', granularity: 'day' }],
  ),
  defaultTtlMs: kind.duration('Lifetime of reports whose path tells no granularity.', MINUTE, 0, DAY),
  settledTtlMs: kind.duration(
    'Lifetime of reports whose range ended so long ago that Adobe recomputes them no more. One shorter than the schedule has no effect.',
    7 * DAY,
    0,
    366 * DAY,
  ),
  settledAfterMs: kind.duration(
    'How long after the end of its range a report may still change: three runs of the slowest schedule, and a day for time zones.',
    7 * DAY,
    0,
    366 * DAY,
  ),
  staleWhileRevalidateMs: kind.duration(
    'How long past its lifetime a report may be served at once while it is fetched anew in the background.',
    HOUR,
    0,
    30 * DAY,
  ),
  staleIfErrorMs: kind.duration(
    'How long past its lifetime a report may be served when Adobe fails.',
    2 * DAY,
    0,
    30 * DAY,
  ),
};

export const cache = {
  maxBytes: kind.bytes(
    'Memory for stored reports, headers and keys included; 0 switches the cache off.',
    64 * MIB,
  ),
  maxEntryBytes: kind.bytes('Largest report that is stored, as received (compressed).', 8 * MIB, 1024),
  ...freshness,
  warmUp: kind.section('Reports that are fetched before anybody asks for them.', {
    reports: kind.entries(
      'Reports to have in the cache at all times: fetched at start, in this order, and again as they expire. `path` is path and query as callers send them, prefix included; `accept` is the `Accept` that they send, if it chooses the format, and `host` the name that they call, if it chooses the route.',
      'mappings with path and, if need be, accept and host',
      {
        path: Type.String({ pattern: String.raw`^/[^#\s]*$` }),
        accept: Type.Optional(Type.String({ pattern: '^[ -~]+$' })),
        host: Type.Optional(Type.String({ pattern: HOST_NAME })),
      },
    ),
    requestsPerMinute: kind.integer(
      'Most requests that the warm-up sends to Adobe in a minute, evenly spaced.',
      30,
      { minimum: 1, maximum: 6000, unit: 'requests per minute' },
    ),
  }),
};
