import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import Type from 'typebox';
import Value from 'typebox/value';
import { stringify } from 'yaml';
import { fixtureName, INCIDENTS, type Incident } from '../../scripts/incidents/incidents.ts';
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

/** What promtool is to find in the recording of an incident. */
const testFile = (incident: string, { fires, begin }: Incident): object => {
  const { calm, end, series } = readRecording(incident);
  return {
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
  };
};

suite('config/prometheus/alerts.yaml', () => {
  /** What promtool says of each incident; `undefined` where it is missing. */
  let said: ReadonlyMap<string, string> | undefined;

  before(() => {
    said = promtool(
      Object.entries(INCIDENTS).map(([name, incident]) => [fixtureName(name), testFile(name, incident)]),
    );
  });

  for (const [incident, { fires }] of Object.entries(INCIDENTS)) {
    test(`${incident}: ${fires.length === 0 ? 'no alert' : fires.join(', ')}, as recorded`, (t) => {
      if (said === undefined)
        t.skip('NOT CHECKED: promtool is not installed here (apt-get install prometheus)');
      else assert.equal(said.get(fixtureName(incident)), 'SUCCESS');
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

/** Runs test files of promtool, which comes with Prometheus. @returns what it says of each */
function promtool(files: readonly (readonly [name: string, content: object])[]) {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    for (const [name, content] of files) {
      writeFileSync(join(folder, name), stringify(content, { lineWidth: 0 }));
    }
    // What fails is told on standard error, and belongs to the file that was named on standard output.
    const both = openSync(join(folder, 'output'), 'a+');
    const names = files.map(([name]) => name);
    const { error } = spawnSync('promtool', ['test', 'rules', ...names], {
      cwd: folder,
      // It collects its garbage a quarter of the time else.
      env: { ...process.env, GOGC: '400' },
      stdio: ['ignore', both, both],
    });
    closeSync(both);
    if (error !== undefined) {
      const isMissing = 'code' in error && error.code === 'ENOENT' && process.env['CI'] === undefined;
      if (isMissing) return undefined;
      throw error;
    }
    const output = readFileSync(join(folder, 'output'), 'utf8');
    const accounts = output.split(/^Unit Testing: +/m).slice(1);
    return new Map(
      accounts.map((account) => {
        const [name = '', ...lines] = account.trim().split('\n');
        return [name.trim(), lines.join('\n').trim()] as const;
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
