import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseReport } from '../../src/console/report-answer.ts';

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

  for (const json of [null, 1, [], {}, { report: {} }]) {
    test(`is not ${JSON.stringify(json)}`, () => {
      assert.throws(() => parseReport(json), TypeError);
    });
  }
});
