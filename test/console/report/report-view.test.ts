import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { curlLine } from '../../../src/console/report/curl-line.ts';
import { boundsOf } from '../../../src/console/report/ranges.ts';
import {
  formatView,
  parseView,
  pathOfLink,
  type ReportView,
  requestTarget,
  START,
} from '../../../src/console/report/report-view.ts';

const NOW = Date.UTC(2026, 10, 24, 8, 34, 6);

const view = (more: Partial<ReportView>): ReportView => ({ ...START, path: ['year', 'month'], ...more });

describe('The address of a view', () => {
  const VIEWS: readonly (readonly [string, ReportView])[] = [
    ['/year/month', view({})],
    ['/', view({ path: [] })],
    ['/year/month?~range=last-week', view({ range: { kind: 'named', name: 'last-week' } })],
    ['/year/month?~compare=before', view({ compared: true })],
    ['/year/month?~route=brand-a', view({ route: 'brand-a' })],
    ['/year/month?platform&mvpd', view({ added: ['platform', 'mvpd'] })],
    ['/year/month?~by=mvpd,application-id', view({ by: ['mvpd', 'application-id'] })],
    ['/year/month?~by=', view({ by: [] })],
    ['/year/month?~as=stacked&~total=max&~rows=all', view({ shape: 'stacked', total: 'max', rows: true })],
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
    for (const text of ['', '?', '/%zz?limit=x&~range=&~as=pie&~total=&=&!=', '/a//b?&&', '/x?limit=-1']) {
      assert.equal(parseView(text).limit, undefined, text);
    }
    assert.deepEqual(parseView('/a//b').path, ['a', 'b']);
  });
});

describe('The request of a view', () => {
  const target = (more: Partial<ReportView>, extension?: string): string => {
    const it = view(more);
    return requestTarget(it, '/cmu/v2', boundsOf(it.range, 'month', NOW), extension);
  };

  test('holds what the API knows, and nothing of how it is shown', () => {
    const filters = [{ dimension: 'mvpd', operator: '!=' as const, value: "A'B c" }];
    assert.equal(
      target({
        filters,
        added: ['platform'],
        metrics: ['users'],
        limit: 10,
        charted: 'users',
        by: ['mvpd'],
        shape: 'bars',
        route: 'x',
        compared: true,
        sort: { column: 'x', descending: true },
      }),
      "/cmu/v2/year/month?platform&mvpd!=A'B%20c&metrics=users&limit=10",
    );
    assert.equal(target({ path: [] }), '/cmu/v2');
    assert.equal(target({}, '.csv'), '/cmu/v2/year/month.csv');
  });

  test('has the bounds of its range, the end only if it is over', () => {
    assert.equal(
      target({ range: { kind: 'named', name: 'last-month' } }),
      '/cmu/v2/year/month?start=2026-10-01T00:00:00&end=2026-11-01T00:00:00',
    );
    assert.equal(
      target({ range: { kind: 'named', name: '12m' } }),
      '/cmu/v2/year/month?start=2025-11-01T00:00:00',
    );
    assert.equal(
      target({ range: { kind: 'between', start: '2026-01-15', end: '' } }),
      '/cmu/v2/year/month?start=2026-01-15',
    );
  });
});

describe('A command line', () => {
  const open = { socketPath: undefined, needsToken: false };

  test('can be pasted into a shell whatever it holds', () => {
    assert.equal(curlLine("http://x/a?b='$(reboot)'", open), "curl 'http://x/a?b=%27$(reboot)%27'");
  });

  test('goes to the socket and takes the token from the environment', () => {
    assert.equal(
      curlLine('http://localhost/a', { socketPath: "/run/it's.sock", needsToken: true }),
      `curl --unix-socket '/run/it'\\''s.sock' -H "X-Cmu-Proxy-Token: $TOKEN" 'http://localhost/a'`,
    );
  });
});

test('A link is followed by its path below the prefix', () => {
  assert.deepEqual(pathOfLink('/cmu/v2/year/month', '/cmu/v2'), ['year', 'month']);
  assert.deepEqual(pathOfLink('/cmu/v2', '/cmu/v2'), []);
  assert.deepEqual(pathOfLink('/cmu/v2/year?limit=1', '/cmu/v2'), ['year']);
});
