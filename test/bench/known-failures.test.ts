import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { KNOWN_FAILURE_GROUPS, KNOWN_FAILURES } from '../../bench/cache-tests/known-failures.ts';
import { verdictOn } from '../../bench/cache-tests/verdict.ts';

test('the page about caching counts the tests of the public suite that pass; each other has one reason', async () => {
  const page = await readFile(new URL('../../docs/http-caching.md', import.meta.url), 'utf8');
  assert.equal(KNOWN_FAILURES.size, KNOWN_FAILURE_GROUPS.flatMap(({ tests }) => tests).length);
  assert.ok(page.includes(`**${365 - KNOWN_FAILURES.size} of 365 pass**`));
});

test('a verdict counts what passes, and tells failures without a reason and reasons without a failure', () => {
  const groups = [
    { id: 'group', tests: ['good', 'bad', 'excused', 'absent'].map((id) => ({ id, name: id })) },
  ];
  const known = new Map([
    ['excused', 'why'],
    ['good', 'no more'],
  ]);
  const { report, unexpected } = verdictOn(
    groups,
    { good: true, bad: ['Assertion', 'x'], excused: ['Setup', 'y'] },
    known,
  );
  assert.equal(unexpected, 2);
  assert.match(report, /^group: 1\/4\n {2}FAILED required bad: Assertion: x\n {2}known {2}required excused/);
  assert.match(report, /FAILED required absent: not run\npassed, though known to fail: good\n1 of 4 pass/);
});
