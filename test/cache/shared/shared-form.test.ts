import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { epochMs, milliseconds, seconds } from '../../../src/base/units.ts';
import { currentAge } from '../../../src/cache/policy/stored-freshness.ts';
import { isShareable, packReport, unpackReport } from '../../../src/cache/shared/shared-form.ts';
import { storedReport } from '../../support/stored-report.ts';

const NOW = epochMs(1_700_000_000_000);
const NONE = milliseconds(0);

test('a report is the same after the way through the store', () => {
  const report = storedReport({ now: NOW, body: Buffer.from([0, 255, 10, 128]), gzip: true });
  assert.deepEqual(unpackReport(packReport(report), NONE, NOW), report);
});

test('a report without body and validators as well', () => {
  const report = storedReport({ now: NOW, body: Buffer.alloc(0), upstreamEtag: undefined });
  assert.deepEqual(unpackReport(packReport(report), NONE, NOW), report);
});

test('a report that outgrows a text is kept without what surrounds it in the reply', () => {
  const packed = packReport(storedReport({ now: NOW, body: Buffer.alloc(100_000, 7) }));
  const surrounded = Buffer.concat([Buffer.alloc(9000), packed]).subarray(9000);
  const body = unpackReport(surrounded, NONE, NOW)?.body;
  assert.equal(body?.length, 100_000);
  assert.equal(body.buffer.byteLength, 100_000);
});

describe('a report is as old as either clock says:', () => {
  for (const [what, elapsed, clock, age] of [
    ['both agree', 10, 10, 10],
    ['our clock is behind', 10, -3600, 10],
    ['our clock is ahead', 10, 3600, 3600],
    ['somebody passes an old one off as new', 0, 7200, 7200],
    ['nonsense from the store', -50, 0, 0],
  ] as const) {
    test(what, () => {
      const now = epochMs(NOW + clock * 1000);
      const read = unpackReport(packReport(storedReport({ now: NOW })), seconds(elapsed), now);
      assert.ok(read);
      assert.equal(currentAge(read.freshness, now), age * 1000);
    });
  }
});

describe('what is not a report of ours is none:', () => {
  const packed = String(packReport(storedReport({ now: NOW })));
  for (const [what, text] of [
    ['nothing', ''],
    ['a head without an end', packed.slice(0, packed.indexOf('\n'))],
    ['another version', packed.replace('"version":2', '"version":3')],
    ['a head that is no JSON', packed.replace('{', '}')],
    ['a head that is no object', 'null\n'],
    ['a head with nothing in it', '{}\n'],
    ['a head with half a header', packed.replace('"headers":[', '"headers":["x-a",')],
    ['noise', 'The quick brown fox jumps over the lazy dog'],
  ] as const) {
    test(what, () => assert.equal(unpackReport(Buffer.from(text), NONE, NOW), undefined));
  }

  test('a header with a line break in it', () => {
    const report = storedReport({ now: NOW, headers: ['x-a', 'b\r\nset-cookie: c'] });
    assert.equal(unpackReport(packReport(report), NONE, NOW), undefined);
  });
});

test('an answer that a request field selects, or that must be confirmed each time, is not shared', () => {
  assert.equal(isShareable(storedReport({ now: NOW })), true);
  assert.equal(isShareable(storedReport({ now: NOW, varyFields: ['x-tenant'] })), false);
  assert.equal(isShareable(storedReport({ now: NOW, freshness: { noCache: true } })), false);
});
