import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { processAccount, summary } from '../../scripts/suite/account.ts';
import { runTestProcess } from '../../scripts/suite/run-process.ts';

const HEAD = `import { test } from 'node:test';\n`;

async function run(t: TestContext, source: string, limits = { testMs: 60_000, processMs: 60_000 }) {
  const root = mkdtempSync(join(tmpdir(), 'suite-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'artifacts/tests'), { recursive: true });
  writeFileSync(join(root, 'a.test.ts'), HEAD + source);
  return runTestProcess(root, { name: 'a', entry: 'a.test.ts' }, limits, {
    // This process is a test itself, and its children would take themselves for parts of it.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
}

suite('the runner of the suite', { concurrency: true }, () => {
  test('tells each test with its outcome, and suites not at all', async (t) => {
    const { end, tests } = await run(
      t,
      `import { suite } from 'node:test';
       suite('s', () => { test('good', () => {}); test('left out', (t) => t.skip('no tool')); });
       test('bad', () => { throw new Error('the reason') });`,
    );
    assert.equal(end, 'failed');
    assert.deepEqual(
      tests.map(({ name, outcome, reason }) => [name, outcome, reason]),
      [
        ['good', 'passed', ''],
        ['left out', 'skipped', 'no tool'],
        ['bad', 'failed', ''],
      ],
    );
  });

  test('ends after tests that leave a server open', async (t) => {
    const source = `test('open', async () => { (await import('node:http')).createServer().listen(0); });`;
    assert.equal((await run(t, source)).end, 'passed');
  });

  test('ends a test that waits for ever, by its own bound', async (t) => {
    const source = `test('waits', () => new Promise(() => setInterval(() => {}, 1_000)));`;
    const { end, tests } = await run(t, source, { testMs: 100, processMs: 60_000 });
    assert.deepEqual([end, tests.map(({ outcome }) => outcome)], ['failed', ['failed']]);
  });

  const children = `import { spawn } from 'node:child_process'; spawn('sleep', ['600'], { stdio: 'inherit' });`;
  const stubborn: [title: string, source: string][] = [
    ['loops without end', `test('loops', () => { for (;;); });`],
    ['loops and ignores SIGTERM', `process.on('SIGTERM', () => {}); test('loops', () => { for (;;); });`],
    ['holds its output open by a program of its own', `${children} test('loops', () => { for (;;); });`],
  ];
  for (const [title, source] of stubborn) {
    test(`ends a process that ${title}`, async (t) => {
      const result = await run(t, source, { testMs: 60_000, processMs: 1_000 });
      assert.equal(result.end, 'out of time');
      assert.match(processAccount(result), /✖ a: out of time.*\n {2}ended by force/);
      assert.match(summary([result], 1), /^ℹ fail 1$/m);
    });
  }

  test('waits for no program that a passing test has left behind', async (t) => {
    const result = await run(t, `${children} test('leaves', () => {});`);
    assert.equal(result.end, 'passed');
    assert.match(processAccount(result), /^✔ a: 1 tests, [\d.]+ s\n$/);
  });
});
