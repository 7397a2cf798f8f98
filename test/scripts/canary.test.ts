import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CHANGES } from '../../scripts/canary/changes.ts';

test('each place where the canary run listens is there', () => {
  for (const [file, before] of CHANGES) {
    const source = readFileSync(new URL(`../..${file}`, import.meta.url), 'utf8');
    assert.equal(source.split(before).length, 2, `${file}: ${before}`);
  }
});
