import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Secret } from '../../src/base/secret.ts';
import { seconds } from '../../src/base/units.ts';
import { openDcrTransport } from '../../src/upstream/dcr-transport.ts';
import { type ConnectProxyOptions, startConnectProxy, withCredentials } from '../support/connect-proxy.ts';
import { startProxyWorld } from '../support/proxy-world.ts';
import { answerReport, REPORT, startUpstream } from '../support/scripted-upstream.ts';
import { ELSEWHERE, LOOPBACK } from '../support/tls-identities.ts';

const PASSWORD = 'p@ss:w/rd';

interface Way {
  readonly tls: boolean;
  readonly proxy?: ConnectProxyOptions;
  /** In the URL of the proxy. */
  readonly password?: string;
}

/** A report through an egress proxy. */
const reportBy = async ({ tls, proxy = {}, password }: Way) => {
  await using upstream = await startUpstream(answerReport(), tls ? { tls: LOOPBACK } : {});
  await using egress = await startConnectProxy(proxy);
  const url = password === undefined ? egress.url.href : withCredentials(egress, 'user', password);
  await using world = await startProxyWorld({
    upstream: upstream.url,
    settings: { UPSTREAM_PROXY: url, UPSTREAM_CONNECT_TIMEOUT_MS: '1000' },
    ca: LOOPBACK.cert,
  });
  const answers = [await world.get('/year'), await world.get('/month')];
  return {
    status: answers.map(({ status }) => status),
    text: answers[0]?.text ?? '',
    proxyStatus: answers[0]?.header('proxy-status'),
    tunnels: egress.seen.map((it) => it === `CONNECT 127.0.0.1:${upstream.port}`),
    host: upstream.requests[0]?.lines('host')[0] === upstream.url.host,
    fields: upstream.requests[0]?.rawHeaders.map((it) => it.toLowerCase()) ?? [],
  };
};

suite('a report goes through an egress proxy by CONNECT', () => {
  for (const tls of [true, false]) {
    for (const encrypted of [false, true]) {
      const ways = `${tls ? 'https' : 'http'} behind an ${encrypted ? 'https' : 'http'} proxy`;
      test(`${ways}, with a tunnel that is used again`, async () => {
        const seen = await reportBy({ tls, proxy: encrypted ? { tls: LOOPBACK } : {} });
        assert.deepEqual(
          [seen.status, seen.text, seen.tunnels, seen.host],
          [[200, 200], REPORT, [true], true],
        );
      });

      test(`${ways} that wants a password, which the origin does not see`, async () => {
        const credentials = `user:${PASSWORD}`;
        const proxy = encrypted ? { tls: LOOPBACK, credentials } : { credentials };
        const seen = await reportBy({ tls, proxy, password: PASSWORD });
        assert.deepEqual([seen.status, seen.tunnels], [[200, 200], [true]]);
        assert.ok(!seen.fields.includes('proxy-authorization'));
      });
    }
  }
});

suite('an egress proxy that does not let us through is told from the report API', () => {
  test('one that wants another password', async () => {
    const seen = await reportBy({ tls: true, proxy: { credentials: 'user:other' }, password: PASSWORD });
    assert.deepEqual(seen.status, [502, 502]);
    assert.match(seen.text, /egress proxy before it does not let us through \(PROXY_REFUSED\)/);
    assert.doesNotMatch(seen.text, /p@ss|p%40ss/);
    assert.equal(seen.proxyStatus, 'cmu-proxy; error=connection_refused');
  });

  for (const [what, answer, expected] of [
    ['one that forbids', 'HTTP/1.1 403 Forbidden\r\n\r\n', /PROXY_REFUSED/],
    ['one that speaks something else', 'SSH-2.0-OpenSSH_9.6\r\n', /PROXY_UNREACHABLE/],
    ['one that ends', '', /PROXY_UNREACHABLE/],
  ] as const) {
    test(what, async () => {
      const seen = await reportBy({ tls: false, proxy: { answer } });
      assert.deepEqual(seen.status, [502, 502]);
      assert.match(seen.text, expected);
    });
  }

  test('one that is not there', async () => {
    await using upstream = await startUpstream();
    const egress = await startConnectProxy();
    await egress[Symbol.asyncDispose]();
    await using world = await startProxyWorld({
      upstream: upstream.url,
      settings: { UPSTREAM_PROXY: egress.url.href },
    });
    assert.match((await world.get('/year')).text, /"status":502.*PROXY_UNREACHABLE/);
    assert.equal(upstream.requests.length, 0);
  });

  test('one by TLS whose certificate nobody vouches for: nothing is sent to it', async () => {
    await using upstream = await startUpstream();
    await using egress = await startConnectProxy({ tls: LOOPBACK });
    await using world = await startProxyWorld({
      upstream: upstream.url,
      settings: { UPSTREAM_PROXY: withCredentials(egress, 'user', PASSWORD) },
    });
    assert.equal((await world.get('/year')).status, 502);
    assert.deepEqual([egress.seen, upstream.requests], [[], []]);
  });
});

test('an origin that nobody vouches for is refused behind a proxy as without one', async () => {
  await using upstream = await startUpstream(answerReport(), { tls: LOOPBACK });
  await using egress = await startConnectProxy();
  await using world = await startProxyWorld({
    upstream: upstream.url,
    settings: { UPSTREAM_PROXY: egress.url.href },
  });
  const answer = await world.get('/year');
  assert.deepEqual(
    [answer.status, answer.header('proxy-status'), upstream.requests.length],
    [502, 'cmu-proxy; error=tls_certificate_error', 0],
  );
});

suite('a DCR call goes through an egress proxy', () => {
  const call = async (proxy: ConnectProxyOptions, password: string) => {
    await using server = await startUpstream((response) => response.end('{}'), { tls: LOOPBACK });
    await using egress = await startConnectProxy(proxy);
    const transport = openDcrTransport({
      url: server.url,
      proxy: new Secret(withCredentials(egress, 'user', password)),
      timeoutMs: seconds(1),
      tls: { ca: LOOPBACK.cert, identity: undefined },
    });
    const url = new URL('/o/client/token', server.url);
    try {
      const { signal } = new AbortController();
      return await transport.send({ url, headers: {}, body: 'x', signal });
    } finally {
      transport.close();
    }
  };

  test('with its password', async () => {
    assert.equal((await call({ credentials: `user:${PASSWORD}` }, PASSWORD)).body, '{}');
  });

  test('with TLS to the proxy', async () => {
    assert.equal((await call({ credentials: `user:${PASSWORD}`, tls: LOOPBACK }, PASSWORD)).body, '{}');
  });

  test('to which our own certificate is not shown: it is for the DCR server', async () => {
    await using server = await startUpstream((response) => response.end('{}'), {
      tls: { ...LOOPBACK, requestCert: true, ca: ELSEWHERE.cert },
    });
    await using egress = await startConnectProxy({ tls: LOOPBACK });
    const transport = openDcrTransport({
      url: server.url,
      proxy: new Secret(egress.url.href),
      timeoutMs: seconds(1),
      tls: { ca: LOOPBACK.cert, identity: { cert: ELSEWHERE.cert, key: new Secret(ELSEWHERE.key) } },
    });
    const { signal } = new AbortController();
    const { body } = await transport.send({
      url: server.url,
      headers: {},
      body: 'x',
      signal,
    });
    transport.close();
    assert.deepEqual([body, egress.seen.length, egress.shown], ['{}', 1, []]);
  });

  test('and is told when that wants another one', async () => {
    await assert.rejects(call({ credentials: 'user:other' }, PASSWORD), (error: Error) => {
      assert.match(
        error.message,
        /^The egress proxy http:\/\/127\.0\.0\.1:\d+ answered 407: it wants other credentials$/,
      );
      return true;
    });
  });
});
