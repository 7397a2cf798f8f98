import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import Type from 'typebox';
import Value from 'typebox/value';
import { stringify } from 'yaml';
import { fixtureName, INCIDENTS } from '../../scripts/incidents/incidents.ts';
import { notation } from '../../scripts/incidents/recording.ts';
import { listAt, readYaml, repository } from './manifests.ts';

const rules = join(repository, 'config/prometheus/alerts.yaml');
const alerts = listAt(readYaml(rules)[0], 'groups')
  .flatMap((group) => listAt(group, 'rules'))
  .map((rule) => String(Object(rule).alert));

const Recording = Type.Object({
  calm: Type.Integer(),
  end: Type.Integer(),
  series: Type.Record(Type.String(), Type.String()),
});

const readRecording = (incident: string) => {
  const path = join(import.meta.dirname, 'incidents', fixtureName(incident));
  return Value.Parse(Recording, JSON.parse(readFileSync(path, 'utf8')));
};

/** What Prometheus puts on the series of a pod that it scrapes. */
const TARGET = 'job="cmu-proxy",instance="10.0.0.7:9901",namespace="reports",pod="cmu-proxy-5d8f"';

const ofTarget = (series: string): string => {
  const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series) ?? [];
  return `${name}{${labels === '' ? '' : `${labels},`}${TARGET}}`;
};

/** The alerts that fire are those, each for this very pod, and no others. */
const expectation = (minute: number, firing: readonly string[]) => ({
  expr: `sum by (alertname, pod, namespace, instance) (ALERTS{alertstate="firing"}) > bool 0`,
  eval_time: `${minute}m`,
  exp_samples: firing.map((alertname) => ({
    labels: `{alertname="${alertname}",${TARGET.replace('job="cmu-proxy",', '')}}`,
    value: 1,
  })),
});

suite('config/prometheus/alerts.yaml', { concurrency: 2 }, () => {
  for (const [incident, { fires, begin }] of Object.entries(INCIDENTS)) {
    test(`${incident}: ${fires.length === 0 ? 'no alert' : fires.join(', ')}, as recorded`, async (t) => {
      const { calm, end, series } = readRecording(incident);
      await promtool(t, {
        rule_files: [rules],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: Object.entries(series).map(([it, values]) => ({ series: ofTarget(it), values })),
            promql_expr_test: [
              // What begins later has not begun.
              ...(begin === undefined ? [] : [expectation(calm, [])]),
              expectation(end, fires),
            ],
          },
        ],
      });
    });
  }

  test('has a recorded incident for every alert, and no recording of what is none', () => {
    const fired = new Set(Object.values(INCIDENTS).flatMap(({ fires }) => fires));
    assert.deepEqual([...fired].sort(), [...alerts].sort());
    const recorded = readdirSync(join(import.meta.dirname, 'incidents')).sort();
    assert.deepEqual(recorded, Object.keys(INCIDENTS).map(fixtureName).sort());
  });
});

suite('the notation of recordings', () => {
  const table: [samples: (number | undefined)[], text: string][] = [
    [[1, 1, 1], '1x2'],
    [[1, 3, 5, 7], '1+2x3'],
    [[4, 2, 0], '4-2x2'],
    [[1, 3, 9], '1 3 9'],
    [[undefined, undefined, 5, 5], '_x2 5x1'],
    [[5, 5, undefined, undefined, 1], '5x1 stale _x1 1'],
    [[0.1, 0.35, 0.6], '0.1+0.25x2'],
  ];
  for (const [samples, text] of table) test(text, () => assert.equal(notation(samples), text));
});

/** Runs a test file of promtool, which comes with Prometheus; skips, and says so, where it is missing. */
async function promtool(t: TestContext, file: object): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'incident.test.yaml');
  writeFileSync(path, stringify(file, { lineWidth: 0 }));
  try {
    await promisify(execFile)('promtool', ['test', 'rules', path]);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
    if (process.env['CI'] !== undefined) throw error;
    t.skip('NOT CHECKED: promtool is not installed here (apt-get install prometheus)');
  }
}
