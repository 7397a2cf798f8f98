import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { askHealth, healthQuestion } from '../src/healthcheck.ts';

const program = new URL('../src/healthcheck.ts', import.meta.url).pathname;

async function privateListener(t: TestContext, answer: RequestListener, host = '127.0.0.1'): Promise<number> {
  const server = createServer(answer).listen(0, host);
  t.after(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const status =
  (code: number): RequestListener =>
  (_, response) => {
    response.writeHead(code).end('a body that nobody reads');
  };

suite('the health question', () => {
  const table: [title: string, env: Record<string, string>, expected: string][] = [
    ['asks the documented default', {}, '127.0.0.1 9901'],
    [
      'takes empty variables as not set',
      { CMU_PROXY_ADMIN_HOST: '', CMU_PROXY_ADMIN_PORT: '' },
      '127.0.0.1 9901',
    ],
    ['asks a listener on every interface on loopback', { CMU_PROXY_ADMIN_HOST: '0.0.0.0' }, '127.0.0.1 9901'],
    ['knows the same for IPv6', { CMU_PROXY_ADMIN_HOST: '::' }, '::1 9901'],
    ['takes an IPv6 address out of its brackets', { CMU_PROXY_ADMIN_HOST: '[::1]' }, '::1 9901'],
    [
      'asks another address and port',
      { CMU_PROXY_ADMIN_HOST: '10.0.0.7', CMU_PROXY_ADMIN_PORT: '7000' },
      '10.0.0.7 7000',
    ],
  ];
  for (const [title, env, expected] of table) {
    test(title, () => {
      const { host, port } = healthQuestion(env, undefined);
      assert.equal(`${host} ${port}`, expected);
    });
  }

  test('is about life unless told otherwise, as a restart heals no outage at Adobe', () => {
    assert.equal(healthQuestion({}, undefined).path, '/livez');
    assert.equal(healthQuestion({}, '/readyz').path, '/readyz');
  });
});

suite('the health answer', () => {
  for (const [code, healthy] of [
    [200, true],
    [204, true],
    [302, false],
    [404, false],
    [503, false],
  ] as const) {
    test(`is ${healthy ? 'healthy' : 'unhealthy'} for a ${code}`, async (t) => {
      const port = await privateListener(t, status(code));
      const answer = await askHealth({ host: '127.0.0.1', port, path: '/readyz' }, 5_000);
      assert.deepEqual(answer, { healthy, detail: `/readyz answered ${code}` });
    });
  }

  test('asks for exactly the path, under the name of the address', async (t) => {
    const seen: unknown[] = [];
    const port = await privateListener(t, (request, response) => {
      seen.push([request.method, request.url, request.headers.host]);
      response.end();
    });
    await askHealth({ host: '127.0.0.1', port, path: '/livez' }, 5_000);
    assert.deepEqual(seen, [['GET', '/livez', `127.0.0.1:${port}`]]);
  });

  test('is unhealthy, and says why, when nobody listens', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const answer = await askHealth({ host: '127.0.0.1', port, path: '/livez' }, 5_000);
    assert.equal(answer.healthy, false);
    assert.match(answer.detail, /ECONNREFUSED/);
  });

  test('is unhealthy when the listener accepts and says nothing', async (t) => {
    const server = createTcpServer(() => {}).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answer = await askHealth({ host: '127.0.0.1', port, path: '/livez' }, 20);
    assert.equal(answer.healthy, false);
  });

  test('is unhealthy for a port that cannot be', async () => {
    const question = healthQuestion({ CMU_PROXY_ADMIN_PORT: 'http' }, undefined);
    assert.equal((await askHealth(question, 5_000)).healthy, false);
  });
});

suite('the health check as a program', () => {
  test('exits 0 with one line when the proxy is healthy', async (t) => {
    const port = await privateListener(t, status(200));
    const env = { CMU_PROXY_ADMIN_PORT: String(port) };
    const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
    assert.equal(stdout, '/livez answered 200\n');
  });

  test('exits 1 when it is not', async (t) => {
    const port = await privateListener(t, status(503));
    const env = { CMU_PROXY_ADMIN_PORT: String(port) };
    const failure = promisify(execFile)(process.execPath, [program, '/readyz'], { env });
    await assert.rejects(failure, { code: 1, stdout: '/readyz answered 503\n' });
  });
});
