import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCutOff, parseReport, type Report } from '../../../src/console/report/report-answer.ts';

describe('A report', () => {
  test('gives columns by kind, metrics as numbers, and links as lists', () => {
    const report = parseReport({
      _links: {
        self: { href: '/cmu/v2/year/mvpd' },
        'roll-up': { href: '/cmu/v2/year', name: 'year' },
        'drill-down': [
          { href: '/cmu/v2/a', name: 'a' },
          { href: '/cmu/v2/b', name: 'b' },
        ],
      },
      report: [{ year: '2026', mvpd: 'A', 'concurrency-level': '3', 'active-users': '205' }],
    });
    assert.deepEqual(
      report.columns.map(({ kind }) => kind),
      ['time', 'dimension', 'level', 'metric'],
    );
    assert.deepEqual(report.rows, [['2026', 'A', '3', 205]]);
    assert.deepEqual(report.rollUp, [{ name: 'year', href: '/cmu/v2/year' }]);
    assert.equal(report.drillDown.length, 2);
  });

  test('may have numbers as numbers, missing fields, one drill-down or none', () => {
    const report = parseReport({
      _links: { 'drill-down': { href: '/x', name: 'x' } },
      report: [{ year: 2026, users: 1 }, { year: 2027 }],
    });
    assert.deepEqual(report.rows, [
      ['2026', 1],
      ['2027', 0],
    ]);
    assert.deepEqual(report.rollUp, []);
    assert.deepEqual(report.drillDown, [{ name: 'x', href: '/x' }]);
  });

  test('keeps a metric that is no number as it is', () => {
    assert.deepEqual(parseReport({ report: [{ users: 'n/a' }] }).rows, [['n/a']]);
  });

  test('has dimensions that nobody listed: by their texts, and by the path', () => {
    const record = { count: '7', event: 'logout', dc: '2', year: '2026', 'unique-accounts': '5' };
    const { columns, rows } = parseReport({ report: [record] }, ['year', 'event', 'dc']);
    assert.deepEqual(
      columns.map(({ name, kind }) => `${name} ${kind}`),
      ['event dimension', 'dc dimension', 'year time', 'count metric', 'unique-accounts metric'],
    );
    assert.deepEqual(rows, [['logout', '2', '2026', 7, 5]]);
  });

  test('has links without names: the last segment of their path stands for it', () => {
    const { drillDown, rollUp } = parseReport({
      _links: {
        'roll-up': { href: '/esm/v3/media-company/year?x=1' },
        'drill-down': [{ href: 'https://mgmt.auth.adobe.com/v3/media-company/year/month' }, { name: 'x' }],
      },
      report: [],
    });
    assert.deepEqual(rollUp, [{ name: 'year', href: '/esm/v3/media-company/year?x=1' }]);
    assert.deepEqual(
      drillDown.map(({ name }) => name),
      ['month'],
    );
  });

  const SELF = [
    '/cmu/v2/year?start=2026-11-01T00:00:00&end=2026-11-25T08:34:06&limit=1000&metrics=users',
    // As Adobe has it: filters first, metrics repeated.
    '/cmu/v2/year?mvpd=A&start=2026-11-01T00:00:00&end=2026-11-25T08:34:06&limit=1000&metrics=a&metrics=b',
  ];
  for (const href of SELF) {
    test(`says in its self link what was asked: ${href}`, () => {
      const report = parseReport({ _links: { self: { href } }, report: [{ year: '2026', users: '1' }] });
      assert.deepEqual(report.asked, {
        limit: 1000,
        bounds: { start: Date.UTC(2026, 10, 1), end: Date.UTC(2026, 10, 25, 8, 34, 6) },
      });
    });
  }

  const rows = (count: number, limit: string): Report =>
    parseReport({
      _links: { self: { href: `/x?${limit}` } },
      report: Array.from({ length: count }, () => ({ users: '1' })),
    });
  const CUT: readonly (readonly [count: number, self: string, asked: number | undefined, isCut: boolean])[] =
    [
      [999, 'limit=1000', undefined, false],
      [1000, 'limit=1000', undefined, true],
      // More was asked for than the API gives.
      [1000, 'limit=1000', 5000, true],
      [10_000, 'limit=10000', 10_000, true],
      [1000, '', undefined, true],
      [100, '', 100, true],
      [0, 'limit=1000', undefined, false],
    ];
  for (const [count, self, asked, isCut] of CUT) {
    test(`of ${count} rows with ${self || 'no limit in its link'}, asked for ${asked}: cut off ${isCut}`, () => {
      assert.equal(isCutOff(rows(count, self), asked), isCut);
    });
  }

  for (const json of [null, 1, [], {}, { report: {} }]) {
    test(`is not ${JSON.stringify(json)}`, () => {
      assert.throws(() => parseReport(json), TypeError);
    });
  }
});
