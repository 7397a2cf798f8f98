import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ReportCache } from '../../../src/cache/store/report-cache.ts';
import {
  bytesOf,
  StoredResponse,
  type StoredResponseInit,
} from '../../../src/cache/store/stored-response.ts';
import { rawHeaders } from '../../../src/http/fields.ts';
import { storedFreshness } from '../../support/stored-freshness-builder.ts';

const response = (init: Partial<StoredResponseInit> = {}): StoredResponse =>
  new StoredResponse({
    status: 200,
    headers: ['Content-Type', 'text/csv'],
    body: Buffer.alloc(1_000, 'x'),
    gzip: false,
    upstreamEtag: undefined,
    varyFields: [],
    target: '/cmu/v2/year',
    freshness: storedFreshness({}),
    ...init,
  });

const NONE = rawHeaders([]);
const large = () => new ReportCache({ maxBytes: 1_000_000, maxEntryBytes: 100_000 });

test('what is stored is found under its key, until it is replaced', () => {
  const cache = large();
  const [first, second] = [response(), response()];
  assert.equal(cache.find('a', NONE), undefined);
  cache.store('a', NONE, first);
  assert.equal(cache.find('a', NONE), first);
  assert.equal(cache.find('b', NONE), undefined);
  cache.store('a', NONE, second);
  assert.equal(cache.find('a', NONE), second);
  assert.equal(cache.contents().entries, 1);
});

test('the bound of bytes holds whatever is stored, and counts keys, headers and bodies', () => {
  const cache = new ReportCache({ maxBytes: 50_000, maxEntryBytes: 10_000 });
  for (let i = 0; i < 200; i++) {
    cache.store(`key-${i}`, NONE, response({ body: Buffer.alloc(i * 40), headers: ['X', 'y'.repeat(i)] }));
    assert.ok(cache.contents().bytes <= 50_000);
  }
  const { entries, evictions, maxBytes } = cache.contents();
  assert.equal(maxBytes, 50_000);
  assert.equal(entries + evictions, 200);
  const before = cache.contents().bytes;
  const other = new ReportCache({ maxBytes: 50_000, maxEntryBytes: 10_000 });
  other.store('k'.repeat(100), NONE, response());
  const longKey = other.contents().bytes;
  other.store('k', NONE, response());
  assert.equal(longKey - (other.contents().bytes - longKey), 2 * 99);
  assert.ok(before > 40_000);
});

test('the least recently used goes first', () => {
  const cache = new ReportCache({ maxBytes: 12_000, maxEntryBytes: 5_000 });
  cache.store('a', NONE, response());
  cache.store('b', NONE, response());
  cache.find('a', NONE);
  cache.store('c', NONE, response());
  cache.store('d', NONE, response());
  assert.notEqual(cache.find('a', NONE), undefined);
  assert.equal(cache.find('b', NONE), undefined);
});

test('an entry takes at most half of the whole', () => {
  assert.equal(new ReportCache({ maxBytes: 1_000, maxEntryBytes: 5_000 }).maxEntryBytes, 500);
  assert.equal(new ReportCache({ maxBytes: 100_000, maxEntryBytes: 5_000 }).maxEntryBytes, 5_000);
});

test('answers that differ by request fields stand beside each other (RFC 9111 §4.1)', () => {
  const cache = large();
  const german = rawHeaders(['Accept-Language', 'de']);
  const english = rawHeaders(['Accept-Language', 'en']);
  const [de, en] = [
    response({ varyFields: ['accept-language'] }),
    response({ varyFields: ['accept-language'] }),
  ];
  cache.store('a', german, de);
  cache.store('a', english, en);
  assert.equal(cache.find('a', german), de);
  assert.equal(cache.find('a', english), en);
  assert.equal(cache.find('a', NONE), undefined);
  cache.forget('a', german);
  assert.equal(cache.find('a', german), undefined);
  assert.equal(cache.find('a', english), en);
});

test('a report is forgotten by its key; what is not there needs no forgetting', () => {
  const cache = large();
  cache.store('a', NONE, response());
  cache.forget('b', NONE);
  cache.forget('a', NONE);
  assert.equal(cache.find('a', NONE), undefined);
  assert.equal(cache.contents().bytes, 0);
});

test('a purge forgets what begins with the prefix, and says how many that were', () => {
  const cache = large();
  cache.store('a', NONE, response({ target: '/cmu/v2/year?a=1' }));
  cache.store('b', NONE, response({ target: '/cmu/v2/year/month' }));
  cache.store('c', NONE, response({ target: '/cmu/v2/tenant' }));
  cache.store('d', rawHeaders(['X', '1']), response({ target: '/cmu/v2/tenant/x', varyFields: ['x'] }));
  assert.equal(cache.purge('/cmu/v2/year'), 2);
  assert.equal(cache.purge('/cmu/v2/year'), 0);
  assert.notEqual(cache.find('c', NONE), undefined);
  assert.equal(cache.purge(''), 2);
});

const gzipped = (body: Buffer) => response({ body, gzip: true });

test('a small body is decoded once and remembered', () => {
  const bodies = large();
  const report = gzipped(gzipSync('day,sessions\n1,2\n'));
  const first = bodies.decoded(report);
  assert.equal(first, 'day,sessions\n1,2\n');
  assert.equal(bodies.decoded(report), first);
});

test('bytes are kept, whatever they are', () => {
  const bytes = Buffer.from([0, 255, 13, 10, 195, 169]);
  assert.deepEqual(bytesOf(large().decoded(gzipped(gzipSync(bytes))) ?? ''), bytes);
});

test('what is no gzip, or grows too large, is left to the stream', () => {
  const bodies = large();
  assert.equal(bodies.decoded(gzipped(Buffer.from('no gzip'))), undefined);
  assert.equal(bodies.decoded(gzipped(gzipSync(Buffer.alloc(4 * 1024 * 1024 + 1)))), undefined);
});

test('what is remembered stays within the bound, and goes with its report', () => {
  const cache = new ReportCache({ maxBytes: 160_000, maxEntryBytes: 10_000 });
  const reports = Array.from({ length: 100 }, (_, index) => gzipped(gzipSync(`${index}`.padEnd(1_000))));
  for (const report of reports) cache.decoded(report);
  const { bytes } = cache.contents();
  assert.ok(bytes > 1_000 && bytes <= 20_000);
  for (const report of reports) {
    cache.store('a', NONE, report);
    cache.forget('a', NONE);
  }
  assert.equal(cache.contents().bytes, 0);
});
