import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DecodedBodies } from '../../../src/cache/store/decoded-bodies.ts';
import { StoredResponse } from '../../../src/cache/store/stored-response.ts';
import { storedFreshness } from '../../support/stored-freshness-builder.ts';

const stored = (body: Buffer) =>
  new StoredResponse({
    status: 200,
    headers: [],
    body,
    gzip: true,
    upstreamEtag: undefined,
    upstreamLastModified: undefined,
    varyFields: [],
    target: '/x',
    freshness: storedFreshness({}),
  });

test('a small body is decoded once and remembered', () => {
  const bodies = new DecodedBodies(1_000_000);
  const report = stored(gzipSync('day,sessions\n1,2\n'));
  const first = bodies.get(report);
  assert.equal(first?.text, 'day,sessions\n1,2\n');
  assert.equal(bodies.get(report), first);
});

test('bytes are kept, whatever they are', () => {
  const bytes = Buffer.from([0, 255, 13, 10, 195, 169]);
  assert.deepEqual(new DecodedBodies(1_000_000).get(stored(gzipSync(bytes)))?.bytes(), bytes);
});

test('what is no gzip, or grows too large, is left to the stream', () => {
  const bodies = new DecodedBodies(1_000_000);
  assert.equal(bodies.get(stored(Buffer.from('no gzip'))), undefined);
  assert.equal(bodies.get(stored(gzipSync(Buffer.alloc(4 * 1024 * 1024 + 1)))), undefined);
});

test('what is remembered stays within the bound, and can be forgotten', () => {
  const bodies = new DecodedBodies(20_000);
  const reports = Array.from({ length: 100 }, (_, index) => stored(gzipSync(`${index}`.padEnd(1_000))));
  for (const report of reports) bodies.get(report);
  assert.ok(bodies.bytes > 1_000 && bodies.bytes <= 20_000);
  for (const report of reports) bodies.forget(report);
  assert.equal(bodies.bytes, 0);
});
