import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { needsRewriting, rewritingStages } from '../../../src/proxy/links/linked-body.ts';
import type { LinkMapping, LinkSyntax } from '../../../src/proxy/links/links.ts';

const MAPPING: LinkMapping = {
  origin: 'https://mgmt.auth.adobe.com',
  linkPrefixes: ['/cmu/v2', '/v2'],
  prefix: '/r',
};

const rewritten = async (chunks: readonly Buffer[], gzip: boolean, syntax: LinkSyntax): Promise<Buffer> => {
  const out: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out.push(chunk);
      done();
    },
  });
  const source = Readable.from(chunks, { objectMode: false });
  await pipeline([source, ...rewritingStages(gzip, syntax, MAPPING), sink]);
  return Buffer.concat(out);
};

const JSON_DOCUMENT =
  '{"_links":{"self":{"href":"\\/cmu\\/v2\\/year?limit=1&a!=b"},"up":{ "href" : "https://mgmt.auth.adobe.com/v2/x" },"docs":{"href":"https://docs.adobe.com/"}},"report":[{"href":"/v2","n":"größe"}]}';
const JSON_REWRITTEN =
  '{"_links":{"self":{"href":"/r/year?limit=1&a!=b"},"up":{ "href" : "/r/x" },"docs":{"href":"https://docs.adobe.com/"}},"report":[{"href":"/r","n":"größe"}]}';
const XML_DOCUMENT =
  '<resource href="/cmu/v2/year"><links><link rel="up" href="/v2"/><link href=\'/v2/x\' rel="d"/></links><report><record t="href"/></report></resource>';
const XML_REWRITTEN =
  '<resource href="/r/year"><links><link rel="up" href="/r"/><link href=\'/r/x\' rel="d"/></links><report><record t="href"/></report></resource>';

for (const [syntax, document, expected] of [
  ['json', JSON_DOCUMENT, JSON_REWRITTEN],
  ['xml', XML_DOCUMENT, XML_REWRITTEN],
] as const) {
  test(`${syntax}: wherever a document is cut in two, its links are mapped the same`, async () => {
    const bytes = Buffer.from(document);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const result = await rewritten([bytes.subarray(0, cut), bytes.subarray(cut)], false, syntax);
      assert.equal(result.toString(), expected, `cut at ${cut}`);
    }
  });

  test(`${syntax}: byte by byte, too`, async () => {
    const result = await rewritten(
      [...Buffer.from(document)].map((byte) => Buffer.of(byte)),
      false,
      syntax,
    );
    assert.equal(result.toString(), expected);
  });

  test(`${syntax}: compressed documents come out compressed again, wherever they are cut`, async () => {
    const bytes = gzipSync(document);
    for (let cut = 0; cut <= bytes.length; cut += 7) {
      const result = await rewritten([bytes.subarray(0, cut), bytes.subarray(cut)], true, syntax);
      assert.equal(gunzipSync(result).toString(), expected, `cut at ${cut}`);
    }
  });
}

test('bytes that are no UTF-8 pass unharmed', async () => {
  const bytes = Buffer.from([...Buffer.from('{"href":"/v2","b":"'), 0xff, 0xc3, 0x28, ...Buffer.from('"}')]);
  const result = await rewritten([bytes], false, 'json');
  assert.deepEqual(result, Buffer.from(bytes.toString('latin1').replace('/v2', '/r'), 'latin1'));
});

test('what is held back for the end of a link is bounded', async () => {
  const endless = Buffer.from(`{"href":"${'x'.repeat(64)}`);
  const [rewriting] = rewritingStages(false, 'json', MAPPING);
  assert.ok(rewriting);
  let passed = 0;
  rewriting.on('data', (chunk: Buffer) => {
    passed += chunk.length;
  });
  rewriting.write(endless);
  for (let i = 0; i < 1_000; i++) rewriting.write(Buffer.alloc(64, 'x'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(passed > 40_000, `${passed} bytes let through`);
  rewriting.destroy();
});

test('a body that is not the gzip that it says it is fails instead of being passed on', async () => {
  await assert.rejects(rewritten([Buffer.from('{"href":"/v2"}')], true, 'json'), { code: 'Z_DATA_ERROR' });
  await assert.rejects(rewritten([gzipSync(JSON_DOCUMENT).subarray(0, 40)], true, 'json'), {
    code: 'Z_BUF_ERROR',
  });
});

test('whether a document is rewritten is decided by its first whole link, or by 1 KiB without one', () => {
  const same: LinkMapping = { ...MAPPING, linkPrefixes: ['/r'] };
  const absolute = '{"_links":{"self":{"href":"https://mgmt.auth.adobe.com/r/year"}}}';
  const verdict = (text: string, links = same) => needsRewriting(Buffer.from(text), false, 'json', links);
  assert.equal(verdict(absolute), true);
  assert.equal(verdict('{"_links":{"self":{"href":"/r/year"}}}'), false);
  assert.equal(verdict(absolute.slice(0, 40)), undefined);
  assert.equal(verdict(`{"x":"${'y'.repeat(1024)}`), false);
  assert.equal(verdict('', MAPPING), true);
  const compressed = gzipSync(absolute);
  assert.equal(needsRewriting(compressed, true, 'json', same), true);
  assert.equal(needsRewriting(compressed.subarray(0, 10), true, 'json', same), undefined);
  assert.equal(needsRewriting(Buffer.from('no gzip'), true, 'json', same), undefined);
});
