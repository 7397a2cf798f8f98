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
  const packed = packReport(storedReport({ now: NOW }));
  const changed = (change: (copy: Buffer) => Buffer | undefined) => {
    const copy = Buffer.from(packed);
    return change(copy) ?? copy;
  };
  const withHead = (head: unknown) => {
    const text = Buffer.from(JSON.stringify(head));
    const prelude = Buffer.from([1, 0, 0, 0, 0]);
    prelude.writeUInt32BE(text.length, 1);
    return Buffer.concat([prelude, text]);
  };
  for (const [what, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['four bytes', Buffer.from([1, 0, 0, 0])],
    ['another version', changed((it) => void it.writeUInt8(2, 0))],
    ['a head that is longer than all', changed((it) => void it.writeUInt32BE(it.length, 1))],
    ['a head of four gigabytes', changed((it) => void it.writeUInt32BE(0xff_ff_ff_ff, 1))],
    ['a body that was cut', changed((it) => it.subarray(0, -1))],
    ['a body that has grown', changed((it) => Buffer.concat([it, Buffer.from('x')]))],
    ['a head that is no JSON', changed((it) => void it.write('}', 6))],
    ['a head that is no object', withHead(null)],
    ['a head with nothing in it', withHead({})],
    ['noise', Buffer.from('The quick brown fox jumps over the lazy dog')],
  ] as const) {
    test(what, () => assert.equal(unpackReport(bytes, NONE, NOW), undefined));
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
