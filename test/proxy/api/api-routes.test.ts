import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { suite, test } from 'node:test';
import type { FakeTokens } from '../../support/fake-tokens.ts';
import { type ProxyWorld, startProxyWorld, turn } from '../../support/proxy-world.ts';
import { answerWith, type Script, type SeenRequest, startUpstream } from '../../support/scripted-upstream.ts';
import { LOOPBACK } from '../../support/tls-identities.ts';

const ROUTES = JSON.stringify([
  { name: 'tve', kind: 'api', prefix: '/control', upstream: { prefix: '/control' } },
  { name: 'cmu', prefix: '/cmu/v2' },
]);

interface Sent {
  readonly method?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Answer {
  readonly status: number;
  readonly fields: IncomingMessage['headers'];
  readonly text: string;
}

const send = ({ port }: ProxyWorld, path: string, { method = 'POST', fields = {}, body }: Sent = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const outgoing = httpRequest(
      { port, host: '127.0.0.1', path, method, headers: framed(fields, body), agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('latin1').on('data', (piece: string) => {
          text += piece;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, fields: answer.headers, text }));
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });

/** Node declares no length for a DELETE. */
const framed = (fields: Readonly<Record<string, string>>, body: string | Buffer | undefined) =>
  body === undefined || 'Transfer-Encoding' in fields
    ? fields
    : { ...fields, 'Content-Length': Buffer.byteLength(body) };

/** Answers with what came, body and all. */
const echo: Script = (response, seen) => {
  let body = '';
  response.req.setEncoding('latin1').on('data', (piece: string) => {
    body += piece;
  });
  response.req.on('end', () =>
    answerWith(
      200,
      ['Content-Type', 'text/plain'],
      Buffer.from(`${seen.method} ${seen.target} ${body}`, 'latin1'),
    )(response),
  );
};

const withApi = async (
  script: Script,
  run: (proxy: ProxyWorld, requests: readonly SeenRequest[]) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
  tokens?: FakeTokens,
): Promise<void> => {
  await using upstream = await startUpstream(script);
  const all = { ROUTES, ...settings };
  await using proxy = await startProxyWorld({
    upstream: upstream.url,
    settings: all,
    ...(tokens && { tokens }),
  });
  await run(proxy, upstream.requests);
};

suite('a route of kind api', () => {
  test('forwards method, target and body byte for byte, with our bearer and none of the caller’s credentials', () =>
    withApi(echo, async (proxy, requests) => {
      const fields = {
        Authorization: 'Bearer theirs',
        Cookie: 'a=b',
        'X-Forwarded-For': '1.2.3.4',
        Connection: 'close, authorization',
        'Content-Type': 'application/json',
        'AP-Device-Identifier': 'fingerprint x',
      };
      const body = '{ "a" : "é" }';
      const target = '/control/v1/reset{x}^?a!=b&access_token=t&a!=c%20d"|';
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const { status, text } = await send(proxy, target, { method, fields, body });
        assert.equal(status, 200);
        assert.equal(
          text,
          `${method} /control/v1/reset{x}^?a!=b&a!=c%20d"| ${Buffer.from(body).toString('latin1')}`,
        );
      }
      for (const seen of requests) {
        assert.deepEqual(seen.lines('authorization'), ['Bearer token-1']);
        assert.deepEqual(seen.lines('cookie'), []);
        assert.deepEqual(seen.lines('x-forwarded-for'), []);
        assert.deepEqual(seen.lines('content-type'), ['application/json']);
        assert.deepEqual(seen.lines('ap-device-identifier'), ['fingerprint x']);
      }
      const [line] = proxy.answered;
      assert.deepEqual(
        [line?.method, line?.route, line?.status, line?.cache, line?.target],
        ['POST', 'tve', 200, 'none', '/v1/reset{x}^?a!=b&a!=c%20d"|'],
      );
      assert.ok((line?.bytes ?? 0) > 0);
    }));

  test('forwards bodies of every media type, and of none, broken ones among them', () =>
    withApi(echo, async (proxy) => {
      const types = [
        'application/json',
        'text/plain',
        'text/plain;charset=UTF-8',
        'application/octet-stream',
      ];
      const others = [
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=a',
        'a',
        '',
        undefined,
      ];
      for (const type of [...types, ...others]) {
        const fields = type === undefined ? {} : { 'Content-Type': type };
        const { status, text } = await send(proxy, '/control/v1/a', { fields, body: '{"ttl":' });
        assert.deepEqual([status, text], [200, 'POST /control/v1/a {"ttl":'], type);
      }
    }));

  test('is guarded as reports are, and forwards only the methods that it lists', async () => {
    const routes = JSON.stringify([{ name: 'tve', kind: 'api', prefix: '/control', methods: ['POST'] }]);
    await withApi(
      echo,
      async (proxy, requests) => {
        const refused = async (path: string, sent?: Sent) => {
          const { status, text } = await send(proxy, path, sent);
          return `${status} ${/problem:([a-z-]+)/.exec(text)?.[1]}`;
        };
        assert.equal(await refused('/control/x', { method: 'DELETE' }), '405 method-not-allowed');
        assert.equal(await refused('/control/../x'), '400 bad-request');
        assert.equal(await refused('/control/x', { fields: { Host: 'evil.test' } }), '421 misdirected-host');
        assert.equal(
          await refused('/control/x', { fields: { Origin: 'http://evil.test' } }),
          '403 cross-site',
        );
        assert.deepEqual(requests, []);
      },
      { ROUTES: routes },
    );
  });

  test('gives answers on as they are, without what acts on an origin, and stores none', () =>
    withApi(
      answerWith(503, ['Retry-After', '1', 'Set-Cookie', 'a=b', 'Location', '/cmu/v2/x'], 'busy'),
      async (proxy, requests) => {
        for (const method of ['GET', 'POST', 'GET']) {
          const { status, fields, text } = await send(proxy, '/control/x', { method });
          assert.deepEqual([status, text, fields['set-cookie']], [503, 'busy', undefined]);
          assert.equal(fields['content-security-policy'], 'sandbox');
        }
        // Each was sent once: nobody repeats what is not theirs to repeat.
        assert.equal(requests.length, 3);
      },
    ));

  test('repeats what can be repeated after a 401, and hands the 401 on where it cannot', () => {
    const script: Script = (response, seen) => {
      if (seen.lines('authorization')[0] === 'Bearer token-1') answerWith(401)(response);
      else echo(response, seen);
    };
    return withApi(script, async (proxy, requests) => {
      assert.equal((await send(proxy, '/control/x', { body: 'small' })).text, 'POST /control/x small');
      assert.equal(requests.length, 2);
    });
  });

  test('tells the caller what is wrong when the API is not there, or not who it should be', async () => {
    const { status, text } = await withGone(async (proxy) => send(proxy, '/control/x', { body: 'x' }));
    assert.equal(status, 502);
    assert.match(text, /problem:upstream-unreachable/);
    await using upstream = await startUpstream(echo, { tls: LOOPBACK });
    await using proxy = await startProxyWorld({ upstream: upstream.url, settings: { ROUTES } });
    const untrusted = await send(proxy, '/control/x', { body: 'x' });
    assert.equal(untrusted.status, 502);
    assert.match(untrusted.text, /certificate is not trusted/);
    assert.equal(upstream.requests.length, 0);
  });

  test('bounds bodies, declared or not', () =>
    withApi(
      echo,
      async (proxy) => {
        const body = 'x'.repeat(2000);
        const declared = await send(proxy, '/control/x', { body });
        assert.deepEqual([declared.status, declared.fields.connection], [413, 'close']);
        const chunked = await send(proxy, '/control/x', { body, fields: { 'Transfer-Encoding': 'chunked' } });
        assert.equal(chunked.status, 413);
        const small = await send(proxy, '/control/x', {
          body: 'x',
          fields: { 'Transfer-Encoding': 'chunked' },
        });
        assert.equal(small.text, 'POST /control/x x');
      },
      { LISTEN_MAX_BODY_BYTES: '1000' },
    ));

  test('streams both ways at the pace of whoever is slower', () =>
    withApi(
      (response) => {
        response.writeHead(200, ['Content-Type', 'application/octet-stream']);
        response.req.pipe(response);
      },
      async (proxy) => {
        const body = Buffer.alloc(8 * 1024 * 1024, 'ab');
        const { text } = await send(proxy, '/control/x', { body });
        assert.ok(Buffer.from(text, 'latin1').equals(body));
      },
      { LISTEN_MAX_BODY_BYTES: String(16 * 1024 * 1024) },
    ));

  test('gives the request up when its caller leaves', async () => {
    await withApi(
      () => {},
      async (proxy, requests) => {
        const outgoing = httpRequest({ port: proxy.port, path: '/control/x', method: 'POST', agent: false });
        outgoing.on('error', () => {});
        outgoing.end('x');
        while (requests.length === 0) await turn();
        outgoing.destroy();
        await requests[0]?.cancelled;
        await proxy.answeredCount(1);
        assert.equal(proxy.answered[0]?.status, 499);
      },
    );
  });

  test('lets the caller wait for 100 Continue', () =>
    withApi(echo, async (proxy) => {
      const text = await new Promise<string>((resolve, reject) => {
        const outgoing = httpRequest(
          {
            port: proxy.port,
            path: '/control/x',
            method: 'POST',
            agent: false,
            headers: { Expect: '100-continue', 'Content-Length': '5' },
          },
          (answer) => answer.setEncoding('latin1').on('data', resolve),
        );
        outgoing.on('continue', () => outgoing.end('hello'));
        outgoing.on('error', reject);
        outgoing.flushHeaders();
      });
      assert.equal(text, 'POST /control/x hello');
    }));
});

const withGone = async <T>(run: (proxy: ProxyWorld) => Promise<T>): Promise<T> => {
  const upstream = await startUpstream(echo);
  await upstream.kill();
  await using proxy = await startProxyWorld({ upstream: upstream.url, settings: { ROUTES } });
  return await run(proxy);
};
