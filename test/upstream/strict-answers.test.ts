import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../src/base/units.ts';
import { answerHead } from '../../src/upstream/flat-fields.ts';
import { faultOf } from '../../src/upstream/strict-answers.ts';
import { openWay } from '../../src/upstream/upstream.ts';
import { startRawUpstream } from '../support/scripted-upstream.ts';

const CHUNKED = ['Transfer-Encoding', 'chunked'];

test('heads that two parsers could read in two ways are refused, and so is what nobody asked for', () => {
  const cases: readonly (readonly [
    what: string,
    status: number,
    fields: readonly string[],
    fault: RegExp | undefined,
    acceptEncoding?: string,
  ])[] = [
    ['an answer', 200, ['Content-Length', '3'], undefined],
    ['one in chunks', 200, CHUNKED, undefined],
    ['one that ends with its connection', 200, [], undefined],
    ['the last status that has a class', 599, [], undefined],
    ['a status beyond', 600, [], /status/],
    ['a status far beyond', 999, [], /status/],
    ['another protocol', 101, ['Upgrade', 'x'], /switched/],
    ['an interim answer', 103, ['Link', '</x>'], undefined],
    ['two lengths', 200, ['Content-Length', '3', 'content-length', '3'], /more than once/],
    ['both framings', 200, [...CHUNKED, 'Content-Length', '3'], /more than once/],
    ['chunks of chunks', 200, [...CHUNKED, ...CHUNKED], /more than once/],
    ['chunks of gzip', 200, ['Transfer-Encoding', 'gzip, chunked'], /Transfer-Encoding/],
    ['chunks spelt otherwise', 200, ['Transfer-Encoding', 'Chunked'], undefined],
    ['an unknown framing', 200, ['Transfer-Encoding', 'identity'], /Transfer-Encoding/],
    ['256 fields', 200, Array(256).fill(['X', 'y']).flat(), undefined],
    ['257 fields', 200, Array(257).fill(['X', 'y']).flat(), /too many fields/],
    ['gzip, as asked', 200, ['Content-Encoding', 'gzip'], undefined],
    ['gzip by its old name', 200, ['Content-Encoding', 'X-GZip'], undefined],
    ['no coding, said', 200, ['Content-Encoding', 'identity'], undefined],
    ['another coding', 200, ['Content-Encoding', 'br'], /Content-Encoding/],
    ['two layers', 200, ['Content-Encoding', 'gzip, gzip'], /Content-Encoding/],
    ['a coding twice', 200, ['Content-Encoding', 'gzip', 'Content-Encoding', 'br'], /Content-Encoding/],
    ['another coding that was asked for', 200, ['Content-Encoding', 'br'], undefined, 'gzip, br;q=0.5'],
    ['another where any was', 200, ['Content-Encoding', 'br'], undefined, 'gzip, *;q=0.1'],
  ];
  for (const [what, status, fields, fault, asked = 'gzip'] of cases) {
    const found = faultOf(answerHead(status, fields), () => asked);
    if (fault === undefined) assert.equal(found, undefined, what);
    else assert.match(found ?? '', fault, what);
  }
  // RFC 9110 §12.5.3: who names none takes any.
  assert.equal(
    faultOf(answerHead(200, ['Content-Encoding', 'br']), () => undefined),
    undefined,
  );
});

test('values come without the white space around them, and without any other', async () => {
  await using upstream = await startRawUpstream((socket) =>
    socket.write('HTTP/1.1 204 No Content\r\nX: \t a \t\r\nY: \xa0b\xa0\r\n\r\n', 'latin1'),
  );
  const way = openWay({
    url: upstream.url,
    maxConnections: 1,
    connectTimeoutMs: seconds(1),
    headersTimeoutMs: seconds(1),
    bodyIdleTimeoutMs: seconds(1),
  });
  const { headers } = await way.dispatcher.request({
    origin: upstream.url.origin,
    path: '/',
    method: 'GET',
    responseHeaders: 'raw',
  });
  assert.deepEqual(headers, ['X', 'a', 'Y', '\xa0b\xa0']);
  way.close();
});

test('interim answers do not give the answer more time', async () => {
  await using upstream = await startRawUpstream((socket) => {
    const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 40);
    socket.once('close', () => clearInterval(timer));
  });
  const way = openWay({
    url: upstream.url,
    maxConnections: 1,
    connectTimeoutMs: seconds(1),
    headersTimeoutMs: milliseconds(200),
    bodyIdleTimeoutMs: seconds(1),
  });
  await assert.rejects(way.dispatcher.request({ origin: upstream.url.origin, path: '/', method: 'GET' }), {
    code: 'HEAD_TIMEOUT',
  });
  way.close();
});
