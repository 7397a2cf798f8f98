import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  curlLine,
  formatView,
  parseView,
  pathOfLink,
  type ReportView,
  requestTarget,
  START,
} from '../../src/console/report-view.ts';

const NOW = Date.UTC(2026, 10, 24, 8, 34, 6);

const view = (more: Partial<ReportView>): ReportView => ({ ...START, path: ['year', 'month'], ...more });

describe('The address of a view', () => {
  const VIEWS: readonly (readonly [string, ReportView])[] = [
    ['/year/month', view({})],
    ['/', view({ path: [] })],
    ['/year/month?~last=720h', view({ range: { kind: 'last', hours: 720 } })],
    [
      '/year/month?start=2026-01-01&end=2026-02-01',
      view({ range: { kind: 'between', start: '2026-01-01', end: '2026-02-01' } }),
    ],
    [
      '/year/month?mvpd=A&mvpd=B&tenant!=C%26D%3D%23',
      view({
        filters: [
          { dimension: 'mvpd', operator: '=', value: 'A' },
          { dimension: 'mvpd', operator: '=', value: 'B' },
          { dimension: 'tenant', operator: '!=', value: 'C&D=#' },
        ],
      }),
    ],
    ['/year/month?metrics=active-users,duration_0-15', view({ metrics: ['active-users', 'duration_0-15'] })],
    ['/year/month?limit=5000', view({ limit: 5000 })],
    ['/year/month?~chart=users', view({ charted: 'users' })],
    ['/year/month?~sort=-month', view({ sort: { column: 'month', descending: true } })],
    ['/year/month?~sort=month', view({ sort: { column: 'month', descending: false } })],
  ];
  for (const [text, expected] of VIEWS) {
    test(`${text} says all of it, there and back`, () => {
      assert.deepEqual(parseView(text), expected);
      assert.equal(formatView(expected), text);
    });
  }

  test('may be mistyped without harm', () => {
    for (const text of ['', '?', '/%zz?limit=x&~last=&=&!=', '/a//b?&&', '/x?limit=-1']) {
      assert.equal(parseView(text).limit, undefined, text);
    }
    assert.deepEqual(parseView('/a//b').path, ['a', 'b']);
  });
});

describe('The request of a view', () => {
  const target = (more: Partial<ReportView>, extension?: string): string =>
    requestTarget(view(more), '/cmu/v2', NOW, extension);

  test('holds what the API knows, and nothing of how it is shown', () => {
    const filters = [{ dimension: 'mvpd', operator: '!=' as const, value: "A'B c" }];
    assert.equal(
      target({
        filters,
        metrics: ['users'],
        limit: 10,
        charted: 'users',
        sort: { column: 'x', descending: true },
      }),
      "/cmu/v2/year/month?mvpd!=A'B%20c&metrics=users&limit=10",
    );
    assert.equal(target({ path: [] }), '/cmu/v2');
    assert.equal(target({}, '.csv'), '/cmu/v2/year/month.csv');
  });

  const RANGES = [
    [24, '2026-11-23T08:00:00'],
    [48, '2026-11-22T08:00:00'],
    [7 * 24, '2026-11-17T00:00:00'],
    [365 * 24, '2025-11-24T00:00:00'],
  ] as const;
  for (const [hours, start] of RANGES) {
    test(`starts the last ${hours} hours at ${start}, at a reload too`, () => {
      const range = { kind: 'last', hours } as const;
      assert.equal(target({ range }), `/cmu/v2/year/month?start=${start}`);
      assert.equal(requestTarget(view({ range }), '/cmu/v2', NOW + 60_000), target({ range }));
    });
  }

  test('can be pasted into a shell whatever it holds', () => {
    assert.equal(curlLine("http://x/a?b='$(reboot)'"), "curl 'http://x/a?b=%27$(reboot)%27'");
  });
});

test('A link is followed by its path below the prefix', () => {
  assert.deepEqual(pathOfLink('/cmu/v2/year/month', '/cmu/v2'), ['year', 'month']);
  assert.deepEqual(pathOfLink('/cmu/v2', '/cmu/v2'), []);
  assert.deepEqual(pathOfLink('/cmu/v2/year?limit=1', '/cmu/v2'), ['year']);
});
