import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startProxyWorld, withProxy } from '../support/proxy-world.ts';
import { field, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { answerReport, answerWith, startRawUpstream } from '../support/scripted-upstream.ts';

suite("a caller's Connection field", () => {
  test('takes neither our bearer nor our Host nor our Accept-Encoding away', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      const named = [
        'close, authorization, host',
        'Authorization, Host, Accept-Encoding, User-Agent, Accept, close',
        'close,authorization\r\nConnection: host',
        'close, "authorization", authorization;x',
        'close, content-length, transfer-encoding, cookie',
      ];
      for (const [index, value] of named.entries()) {
        const bytes = rawGet(`/cmu/v2/${index}`).replace('Connection: close', `Connection: ${value}`);
        const [answer] = await rawAnswers(proxy.port, bytes);
        assert.equal(answer?.status, 200, value);
      }
      assert.equal(upstream.requests.length, named.length);
      for (const { lines } of upstream.requests) {
        assert.deepEqual(lines('authorization'), ['Bearer token-1']);
        assert.deepEqual(lines('host'), [upstream.url.host]);
        assert.deepEqual(lines('accept-encoding'), ['gzip']);
      }
    }));

  test('and its other hop-by-hop fields end here', () =>
    withProxy(answerReport(), async (proxy, upstream) => {
      const fields = [
        ...[
          'Keep-Alive: timeout=600',
          'Proxy-Connection: keep-alive',
          'TE: trailers, deflate',
          'Trailer: X-A',
        ],
        ...[
          'Upgrade: h2c',
          'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
          'Proxy-Authorization: Basic eDp5',
          'Max-Forwards: 0',
        ],
      ];
      await rawAnswers(proxy.port, rawGet('/cmu/v2/x', ...fields));
      const [seen] = upstream.requests;
      for (const line of fields) assert.deepEqual(seen?.lines(line.slice(0, line.indexOf(':'))), [], line);
    }));
});

suite("the upstream's hop-by-hop fields and cookies", () => {
  test('do not reach the caller, and neither does what its Connection names', () =>
    withProxy(
      answerWith(
        200,
        [
          ...[
            'Content-Type',
            'text/csv',
            'Connection',
            'X-A, keep-alive',
            'X-A',
            'private',
            'Keep-Alive',
            'timeout=9',
          ],
          ...['Set-Cookie', 'a=b', 'set-cookie', 'c=d', 'Set-Cookie2', 'e=f', 'Proxy-Authenticate', 'Basic'],
          ...['WWW-Authenticate', 'Bearer', 'Alt-Svc', 'h2="evil.test:443"', 'Clear-Site-Data', '"*"'],
          ...[
            'Upgrade',
            'h2c',
            'Strict-Transport-Security',
            'max-age=1',
            'Proxy-Status',
            'x; error=y',
            'X-Request-Id',
            'stays',
          ],
        ],
        'a,b',
      ),
      async (proxy) => {
        for (const turn of ['fetched', 'stored']) {
          const [answer] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year.csv'));
          const names = answer?.lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
          assert.deepEqual(
            names?.filter((name) => name !== 'date' && name !== 'etag' && name !== 'age').sort(),
            [
              ...[
                'cache-control',
                'cache-status',
                'connection',
                'content-length',
                'content-security-policy',
                'content-type',
              ],
              ...['vary', 'x-content-type-options', 'x-request-id'],
            ],
            turn,
          );
          assert.equal(field(answer?.lines ?? [], 'connection'), 'close');
          assert.equal(answer?.body, 'a,b');
        }
      },
    ));

  test('do not decide over the framing towards the caller', async () => {
    await using upstream = await startRawUpstream((socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: transfer-encoding, content-length\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\na,b\r\n0\r\nX-T: y\r\nSet-Cookie: z=1\r\n\r\n',
      ),
    );
    await using proxy = await startProxyWorld({ upstream: upstream.url });
    const [answer, ...more] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year.csv'));
    assert.deepEqual([answer?.status, answer?.body, more], [200, 'a,b', []]);
    assert.doesNotMatch(answer?.lines.join('\n') ?? '', /set-cookie|x-t|trailer/i);
  });
});
