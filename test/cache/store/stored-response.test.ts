import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { after, milliseconds } from '../../../src/base/units.ts';
import { StoredResponse, type StoredResponseInit } from '../../../src/cache/store/stored-response.ts';
import { rawHeaders } from '../../../src/http/fields.ts';
import { storedFreshness } from '../../support/stored-freshness-builder.ts';

const response = (init: Partial<StoredResponseInit> = {}): StoredResponse =>
  new StoredResponse({
    status: 200,
    headers: ['Content-Type', 'text/csv'],
    body: gzipSync('a,b'),
    gzip: true,
    upstreamEtag: undefined,
    varyFields: [],
    target: '/cmu/v2/year',
    freshness: storedFreshness({ lifetime: milliseconds(60_000) }),
    ...init,
  });

const at = (stored: StoredResponse, offset: number) =>
  after(stored.freshness.responseTime, milliseconds(offset));
const field = (head: readonly string[], name: string) => rawHeaders(head)(name);

test('the two codings of one body have strong validators of their own, made of the body', () => {
  const one = response();
  assert.match(one.etag.stored, /^"[\w-]+-gzip"$/);
  assert.match(one.etag.decoded, /^"[\w-]+"$/);
  assert.notEqual(one.etag.stored, one.etag.decoded);
  assert.deepEqual(response().etag, one.etag);
  assert.notEqual(response({ body: gzipSync('c,d') }).etag.decoded, one.etag.decoded);
  const plain = response({ gzip: false });
  assert.equal(plain.etag.stored, plain.etag.decoded);
});

test("the origin's own validator stands for its bytes, and not for the decoded ones", () => {
  const { etag } = response({ upstreamEtag: '"v1"' });
  assert.equal(etag.stored, '"v1"');
  assert.notEqual(etag.decoded, '"v1"');
});

test('who takes gzip gets what is stored, who does not gets it decoded; what is not gzip is for both', () => {
  assert.equal(response().representationFor(true), 'stored');
  assert.equal(response().representationFor(false), 'decoded');
  assert.equal(response({ gzip: false }).representationFor(false), 'stored');
});

test('the head of a hit tells coding, validator, length, age and state', () => {
  const stored = response();
  const head = stored.hitHead('stored', at(stored, 10_500));
  assert.equal(field(head, 'content-encoding'), 'gzip');
  assert.equal(field(head, 'etag'), stored.etag.stored);
  assert.equal(field(head, 'content-length'), String(stored.body.length));
  assert.equal(field(head, 'age'), '10');
  assert.equal(field(head, 'cache-status'), 'cmu-proxy; hit; ttl=49');
  const decoded = stored.hitHead('decoded', at(stored, 10_500));
  assert.equal(field(decoded, 'content-encoding'), undefined);
  assert.equal(field(decoded, 'content-length'), undefined);
  assert.equal(field(decoded, 'etag'), stored.etag.decoded);
});

test('within a second the head is the very same, and a new one after it', () => {
  const stored = response();
  const first = stored.hitHead('stored', at(stored, 1_000));
  assert.equal(stored.hitHead('stored', at(stored, 1_999)), first);
  assert.notEqual(stored.hitHead('stored', at(stored, 2_000)), first);
  assert.notEqual(stored.hitHead('decoded', at(stored, 1_000)), first);
});

test('a 304 gives the same body other fields and another freshness', () => {
  const stored = response({ upstreamEtag: '"v1"' });
  const freshness = storedFreshness({ lifetime: milliseconds(120_000) });
  const renewed = new StoredResponse({
    ...stored,
    body: stored.body,
    headers: ['Content-Type', 'text/csv', 'X', 'new'],
    freshness,
  });
  assert.deepEqual(renewed.body, stored.body);
  assert.deepEqual(renewed.etag, stored.etag);
  assert.equal(field(renewed.hitHead('stored', at(renewed, 0)), 'x'), 'new');
  assert.equal(renewed.freshness, freshness);
});

test('its size counts body, fields and target', () => {
  const base = response().size;
  assert.equal(response({ headers: ['Content-Type', 'text/csv', 'X', 'y'.repeat(99)] }).size - base, 2 * 100);
  assert.equal(response({ target: '/cmu/v2/year?x' }).size - base, 2 * 2);
  assert.equal(response({ body: Buffer.alloc(5_000) }).size - base, 5_000 - gzipSync('a,b').length);
});
