import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochMs } from '../../../src/base/units.ts';
import { type FreshnessRules, freshnessOf } from '../../../src/cache/adobe/freshness.ts';
import { FRESHNESS_RULES } from '../../support/freshness-rules.ts';

const NOW = epochMs(Date.parse('2024-07-20T12:00:00Z'));
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const { schedule } = FRESHNESS_RULES;
const TTL = {
  year: schedule.yearMs,
  month: schedule.monthMs,
  day: schedule.dayMs,
  hour: schedule.hourMs,
  minute: schedule.minuteMs,
  histogram: schedule.histogramMs,
  settled: FRESHNESS_RULES.settledTtlMs,
  unknown: FRESHNESS_RULES.defaultTtlMs,
};
type Reason = keyof typeof TTL;

const freshness = (target: string, rules = FRESHNESS_RULES, now = NOW): number => {
  const question = target.indexOf('?');
  return question === -1
    ? freshnessOf(target, '', rules, now)
    : freshnessOf(target.slice(0, question), target.slice(question + 1), rules, now);
};

const check = (cases: readonly [target: string, reason: Reason][], rules = FRESHNESS_RULES) => {
  for (const [target, reason] of cases) {
    assert.equal(freshness(target, rules), TTL[reason], target);
  }
};

test('the finest time dimension of the path decides, wherever it stands', () => {
  check([
    ['/year', 'year'],
    ['/year/month', 'month'],
    ['/tenant/year/month/application-id', 'month'],
    ['/year/month/day/mvpd', 'day'],
    ['/day/month/year', 'day'],
    ['/mvpd/year/month/day/hour/tenant', 'hour'],
    ['/tenant/year/month/day/hour/minute', 'minute'],
    ['/year/month/day/', 'day'],
    ['year/month', 'month'],
  ]);
});

test('an extension and escapes do not hide the dimension', () => {
  check([
    ['/year/month/day.csv', 'day'],
    ['/year/month.json', 'month'],
    ['/year/month/day.csv?mvpd=X', 'day'],
    ['/year/month/day.tar.gz', 'day'],
    ['/year/month/d%61y', 'day'],
    ['/year/month/day%2Ecsv', 'day'],
  ]);
});

test('a dimension in the query counts like one in the path', () => {
  check([
    ['/year/month?hour', 'hour'],
    ['/year/month?mvpd=A&day&limit=5', 'day'],
    ['/year/month?%68our', 'hour'],
    ['/year/month?hour=', 'hour'],
    ['/year/month/day?month', 'day'],
    ['/year/month?platform', 'month'],
    ['/year/month?mvpd=hour', 'month'],
    ['/year/month?hour!=3', 'month'],
    ['?day', 'day'],
  ]);
});

test('histograms are computed daily, whatever their time dimensions', () => {
  check([
    ['/year/month/concurrency-level', 'histogram'],
    ['/year/month/day/activity-level/tenant', 'histogram'],
    ['/year/month/day/concurrency-level.csv', 'histogram'],
    ['/year/month?activity-level', 'histogram'],
    ['/concurrency-level', 'histogram'],
  ]);
});

test('a path without a time dimension gets the default, whatever its range', () => {
  check([
    ['', 'unknown'],
    ['/', 'unknown'],
    ['/tenant', 'unknown'],
    ['/days', 'unknown'],
    ['/DAY', 'unknown'],
    ['/something/else', 'unknown'],
    ['/tenant?start=2010&end=2011', 'unknown'],
  ]);
});

test('`metrics=users` alone is daily, whatever the path says', () => {
  check([
    ['/year/month/day/hour?metrics=users', 'histogram'],
    ['/tenant?limit=1&metrics=users', 'histogram'],
    ['/year/hour?metrics=users&metrics=users', 'histogram'],
    ['/year/hour?metrics=users,active-users', 'hour'],
    ['/year/hour?metrics=users&metrics=active-sessions', 'hour'],
    ['/year/hour?metrics', 'hour'],
    ['/year/hour?metrics=', 'hour'],
  ]);
});

test('aliases stand for a granularity, and what follows them can only refine it', () => {
  check([
    ['/billing/daily', 'day'],
    ['/billing/daily.csv', 'day'],
    ['/billing/daily/tenant', 'day'],
    ['/billing/daily/hour', 'hour'],
    ['/billing/daily?minute', 'minute'],
    ['/billing/dailyish', 'unknown'],
    ['/other/billing/daily', 'unknown'],
    ['/billing/daily?start=2020-01&end=2020-02', 'settled'],
  ]);
});

test('further aliases are configuration; the first that matches counts', () => {
  const rules: FreshnessRules = {
    ...FRESHNESS_RULES,
    aliases: [
      { path: '/peaks', granularity: 'histogram' },
      { path: '/live', granularity: 'minute' },
      { path: '/live/old', granularity: 'year' },
    ],
  };
  check(
    [
      ['/peaks', 'histogram'],
      ['/live/old', 'minute'],
      ['/billing/daily', 'unknown'],
    ],
    rules,
  );
});

test('a range that ended before the horizon is settled', () => {
  check([
    ['/year/month?start=2020-01&end=2020-06', 'settled'],
    ['/year/month/day?end=2024-06-01&start=2024-05-01', 'settled'],
    ['/year/month/day/hour?start=2024-05-01T00%3A00%3A00&end=2024-06-01T00:00:00', 'settled'],
    ['/year/month/day/hour/minute?start=2024&end=2024-07-01', 'settled'],
    ['/year/month/concurrency-level?start=2020&end=2021', 'settled'],
    ['/year/month?start=2020&end=2020', 'settled'],
  ]);
});

test('a range that includes now, is open, empty, ambiguous or unreadable keeps to the schedule', () => {
  check([
    ['/year/month?start=2020-01', 'month'],
    ['/year/month?start=2020-01&end=2030', 'month'],
    ['/year/month?start=2020-01&end=2024-07-20', 'month'],
    // The default start may move with the clock.
    ['/year/month?end=2020-01', 'month'],
    ['/year/month?start&end=2020-01', 'month'],
    ['/year/month?start=2021&end=2020', 'month'],
    ['/year/month?start=2019&end=2020&end=2030', 'month'],
    ['/year/month?start=2019&end=2030&end=2020', 'month'],
    ['/year/month?start=2019&start=2024-07&end=2020', 'month'],
    ['/year/month?start=2019&end=2020-02-30', 'month'],
    ['/year/month?start=2019&end=', 'month'],
    ['/year/month?start=%zz&end=%', 'month'],
  ]);
});

test('the horizon is counted from the end of the last bucket, to the millisecond', () => {
  const settledAt = Date.parse('2024-07-01T00:00:00Z') + 7 * DAY;
  const at = (target: string, now: number) => freshness(target, FRESHNESS_RULES, epochMs(now));
  const june = '/year/month?start=2024-05&end=2024-06-10';
  assert.equal(at(june, settledAt - 1), TTL.month);
  assert.equal(at(june, settledAt), TTL.settled);
  assert.equal(at('/year/month/day?start=2024-05&end=2024-06-30', settledAt - 1), TTL.day);
  assert.equal(at('/year/month/day?start=2024-05&end=2024-06-30', settledAt), TTL.settled);
  assert.equal(at('/year?start=2023&end=2024-06-30', settledAt), TTL.year);
});

test('a settled lifetime shorter than the schedule is not used', () => {
  const rules = { ...FRESHNESS_RULES, settledTtlMs: HOUR };
  assert.equal(freshness('/year?start=2010&end=2011', rules), TTL.year);
});

test('every published report path gets the lifetime of its granularity', () => {
  const [, ...rows] = readFileSync(new URL('fixtures/report-paths.tsv', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  assert.ok(rows.length >= 65);
  const reasons: Readonly<Record<string, Reason>> = {
    monthly: 'month',
    daily: 'day',
    hourly: 'hour',
  };
  for (const row of rows) {
    const [granularity = '', path = ''] = row.split('\t');
    const expected = path.includes('-level') ? 'histogram' : (reasons[granularity] ?? 'unknown');
    assert.equal(freshness(path.replace('/cmu/v2', '')), TTL[expected], path);
  }
});

test('more dimensions never lengthen a life, and no target makes it throw', () => {
  const word = fc.constantFrom(
    'year',
    'month',
    'day',
    'hour',
    'minute',
    'tenant',
    'x',
    '%',
    '',
    'day.csv',
    '%64ay',
  );
  const pair = fc.constantFrom('start=2020', 'end=2021', 'end=zz', 'hour', 'mvpd!=A', '', '=', 'end=2030');
  fc.assert(
    fc.property(
      fc.array(word),
      fc.array(pair),
      fc.constantFrom('day', 'hour', 'minute'),
      (segments, pairs, finer) => {
        const query = pairs.join('&');
        const coarse = freshness(`/year/${segments.join('/')}?${query}`);
        const fine = freshness(`/year/${segments.join('/')}/${finer}?${query}`);
        // A finer bucket ends earlier and may therefore be settled where the coarser one is not.
        assert.ok(fine <= coarse || fine === TTL.settled);
        assert.ok(coarse > 0);
      },
    ),
  );
});
