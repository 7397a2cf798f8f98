import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withProxy } from '../../support/proxy-world.ts';
import { answerAsAsked } from '../../support/scripted-upstream.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** The lifetime in seconds that callers are told of each report. */
const lifetimes = async (
  paths: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Record<string, number>> => {
  const told: Record<string, number> = {};
  await withProxy(
    answerAsAsked,
    async (proxy) => {
      for (const path of paths) {
        const status = (await proxy.get(path)).header('cache-status');
        told[path] = Number(/; stored; ttl=(\d+)$/.exec(status ?? '')?.[1]);
      }
    },
    { settings },
  );
  return told;
};

test('reports live as long as Adobe takes to compute them anew', async () => {
  const expected = {
    '/year': 2 * DAY,
    '/tenant/year/month': 2 * DAY,
    '/year/month/day.csv': 3 * HOUR,
    '/tenant/year/month/day/mvpd/hour': HOUR,
    '/year/month?hour': HOUR,
    '/year/month/day/hour/minute': 60,
    '/year/month/day/concurrency-level': DAY,
    '/billing/daily': 3 * HOUR,
    '': 60,
    '/tenant': 60,
    '/year/month/day?start=2020-01-01&end=2020-02-01': 7 * DAY,
    '/year/month/day?start=2020-01-01': 3 * HOUR,
  };
  assert.deepEqual(await lifetimes(Object.keys(expected)), expected);
});

test('schedule, aliases and horizon are settings', async () => {
  const expected = {
    '/year': 2 * DAY,
    '/year/month/day': 600,
    '/year/month/day/activity-level': 1_200,
    '/billing/daily': 30,
    '/weekly/overview': 2 * DAY,
    '/weekly/overview/hour': HOUR,
    '/elsewhere': 30,
    '/year?start=2023-12-25&end=2023-12-26': 2 * DAY,
    '/year/month/day?start=2023-12-25&end=2023-12-26': 9 * DAY,
    '/year/month/day?start=2023-12-25&end=2023-12-31': 600,
  };
  const settings = {
    CACHE_SCHEDULE_DAY_MS: '600000',
    CACHE_SCHEDULE_HISTOGRAM_MS: '1200000',
    CACHE_ALIASES: JSON.stringify([{ path: '/weekly/overview', granularity: 'month' }]),
    CACHE_DEFAULT_TTL_MS: '30000',
    CACHE_SETTLED_TTL_MS: String(9 * DAY * 1000),
    CACHE_SETTLED_AFTER_MS: String(2 * DAY * 1000),
  };
  assert.deepEqual(await lifetimes(Object.keys(expected), settings), expected);
});
