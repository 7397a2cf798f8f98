import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import Type from 'typebox';
import Value from 'typebox/value';
import { startE2eWorld } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { readYaml, repository } from './manifests.ts';
import { readQuery } from './promql.ts';

const prometheus = join(repository, 'config/prometheus');

/** The rule file as Prometheus documents it. */
const strict = { additionalProperties: false };
const DURATION = '^([0-9]+(ms|s|m|h|d|w|y))+$';
const Alert = Type.Object(
  {
    alert: Type.String({ pattern: '^CmuProxy[A-Z][A-Za-z]+$' }),
    expr: Type.String(),
    for: Type.Optional(Type.String({ pattern: DURATION })),
    labels: Type.Object({ severity: Type.Union([Type.Literal('page'), Type.Literal('ticket')]) }, strict),
    annotations: Type.Object(
      { summary: Type.String(), description: Type.String(), runbook: Type.String() },
      strict,
    ),
  },
  strict,
);
const Rules = Type.Object(
  { groups: Type.Array(Type.Object({ name: Type.String(), rules: Type.Array(Alert) }, strict)) },
  strict,
);
const [rules] = readYaml(join(prometheus, 'alerts.yaml'));
const alerts = Value.Check(Rules, rules) ? rules.groups.flatMap((group) => group.rules) : [];

const Panel = Type.Object({
  id: Type.Integer(),
  title: Type.String(),
  type: Type.String(),
  gridPos: Type.Object({ x: Type.Integer(), y: Type.Integer(), w: Type.Integer(), h: Type.Integer() }),
  targets: Type.Optional(Type.Array(Type.Object({ expr: Type.String() }))),
});
const Dashboard = Type.Object({
  uid: Type.String(),
  title: Type.String(),
  schemaVersion: Type.Integer(),
  panels: Type.Array(Panel),
  templating: Type.Object({ list: Type.Array(Type.Object({ name: Type.String() })) }),
});
const dashboard = Value.Parse(
  Dashboard,
  JSON.parse(readFileSync(join(repository, 'config/grafana/dashboard.json'), 'utf8')),
);

const queries = [
  ...alerts.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `panel ${title}`, expr })),
  ),
];

/** Put on by Prometheus when it scrapes. */
const SCRAPE_LABELS = ['job', 'instance'];

/** The metrics of a real run, each with the labels that its series have. */
async function exposedMetrics(): Promise<Map<string, Set<string>>> {
  const settings = { UPSTREAM_MAX_REQUESTS_PER_SECOND: '1', CACHE_CALLER_DIRECTIVES: 'honour' };
  await using world = await startE2eWorld({ settings });
  for (const path of ['/year/month', '/year/month', '/no/such/path', '/year%2fmonth']) await world.get(path);
  // Stored reports stand in for those that would be too many.
  for (let i = 0; i < 5; i++) await world.get('/year/month', ['Cache-Control', 'no-cache']);
  const { text } = await call(`${world.proxy.adminUrl}/metrics`);
  const metrics = new Map<string, Set<string>>([['up', new Set()]]);
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const suffix of suffixes) metrics.set(name + suffix, new Set());
  }
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)) {
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) metrics.get(name)?.add(label);
  }
  return metrics;
}

suite('alerts and dashboard', () => {
  let metrics = new Map<string, Set<string>>();
  before(async () => {
    metrics = await exposedMetrics();
  });

  test('are many', () => assert.ok(alerts.length > 10 && queries.length > 40));

  for (const { where, expr } of queries) {
    test(`${where}: asks for what a real run exposes: ${expr.replaceAll(/\s+/g, ' ')}`, () => {
      const { selectors, grouping } = readQuery(expr);
      assert.ok(selectors.length > 0);
      const known = new Set(SCRAPE_LABELS);
      for (const { metric, labels } of selectors) {
        const has = metrics.get(metric);
        assert.ok(has, `no metric ${metric}`);
        for (const label of has) known.add(label);
        for (const label of labels) {
          assert.ok(has.has(label) || SCRAPE_LABELS.includes(label), `${metric} has no label ${label}`);
        }
      }
      for (const label of grouping) assert.ok(known.has(label), `nothing has a label ${label}`);
    });
  }

  test('show every metric of our own', () => {
    const shown = new Set(
      queries.flatMap(({ expr }) => readQuery(expr).selectors.map(({ metric }) => metric)),
    );
    // Counted by cmu_proxy_requests_total too, with a label each.
    const elsewhere = /^cmu_proxy_cache_(hits|misses|stale|collapsed|revalidated|bypassed)_total$/;
    const own = [...metrics.keys()].filter((name) => name.startsWith('cmu_proxy_'));
    const missing = own.filter(
      (name) => !shown.has(name) && !elsewhere.test(name) && !/_(sum|count)$/.test(name),
    );
    assert.deepEqual(missing, ['cmu_proxy_credentials_expiry_timestamp_seconds']);
  });
});

suite('config/prometheus/alerts.yaml', () => {
  test('is a rule file as Prometheus documents it', () => {
    assert.deepEqual([...Value.Errors(Rules, rules)], []);
  });

  test('names each alert once, with a section of the operations guide that says what to do', () => {
    const guide = readFileSync(join(repository, 'docs/operations.md'), 'utf8');
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
    for (const { alert, annotations } of alerts) {
      assert.equal(annotations.runbook, `docs/operations.md#${alert.toLowerCase()}`);
      assert.match(guide, new RegExp(`^#+ ${alert}$`, 'm'));
    }
  });
});

suite('config/grafana/dashboard.json', () => {
  test('has no two panels with one number or in one place', () => {
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
    for (const { gridPos } of panels) assert.ok(gridPos.x + gridPos.w <= 24);
  });

  test('defines the variables that its queries use', () => {
    const defined = dashboard.templating.list.map(({ name }) => name);
    assert.deepEqual(defined, ['datasource', 'job', 'instance']);
    const used = queries.flatMap(({ expr }) =>
      [...expr.matchAll(/\$(?!__)(\w+)/g)].map(([, name = '']) => name),
    );
    for (const name of used) if (!defined.includes(name)) assert.match(name, /^(labels|value)$/);
  });
});
