import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeReport } from '../../../src/cli/check/report-check.ts';
import { routesOf } from '../../../src/config/settings/topology.ts';
import { ProvenTokens } from '../../../src/oauth/index.ts';
import { httpServer, httpsServer, type RunningServer, rawServer } from '../../support/dcr-server.ts';
import { FakeTokens, WITHOUT_PAUSES } from '../../support/fake-tokens.ts';
import { configOf } from '../../support/test-config.ts';
import { LOOPBACK } from '../../support/tls-identities.ts';

const never = new AbortController().signal;

async function probe(
  server: RunningServer,
  { ca, stopping = never }: { ca?: string; stopping?: AbortSignal } = {},
) {
  const config = await configOf({ UPSTREAM_URL: server.origin });
  const tokens = new ProvenTokens(new FakeTokens(), WITHOUT_PAUSES);
  const [route] = routesOf(config);
  assert.ok(route);
  return probeReport({ config: route, tls: { ca, identity: undefined } }, tokens, stopping);
}

test('It asks for one row with the token, and tells what the answer says', async () => {
  let seen = '';
  await using server = await httpServer((request, response) => {
    seen = `${request.method} ${request.url} ${request.headers.authorization} ${request.headers.accept}`;
    response.writeHead(429, { 'Content-Type': 'text/html', 'retry-after': '7' });
    response.end('<p>slow</p>');
  });
  const { milliseconds, ...answer } = await probe(server);
  assert.equal(seen, `GET /cmu/v2/year/month/mvpd?limit=1 Bearer token-1 application/json`);
  assert.ok(milliseconds >= 0);
  assert.deepEqual(answer, {
    status: 429,
    contentType: 'text/html',
    retryAfter: 7000,
    body: '<p>slow</p>',
  });
});

test('An answer without end is read no further than is needed to tell that it is no report', async () => {
  await using server = await httpServer((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  const { body } = await probe(server);
  assert.ok(body.length >= 2 ** 20 && body.length < 2 ** 21, `${body.length}`);
});

test('Without an answer it rejects with a code', async () => {
  await using nobody = await httpServer(() => {});
  await nobody[Symbol.asyncDispose]();
  await assert.rejects(probe(nobody), { code: 'ECONNREFUSED' });
  await using untrusted = await httpsServer(LOOPBACK, (_, response) => response.end());
  await assert.rejects(probe(untrusted), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await using mute = await rawServer((socket) => socket.end());
  await assert.rejects(probe(mute), { code: 'UND_ERR_SOCKET' });
});

test('A private authority is trusted when it is given', async () => {
  await using server = await httpsServer(LOOPBACK, (_, response) => response.end('{}'));
  assert.equal((await probe(server, { ca: LOOPBACK.cert })).status, 200);
});

test('A stop ends it', async () => {
  const stop = new AbortController();
  await using server = await httpServer(() => stop.abort());
  await assert.rejects(probe(server, { stopping: stop.signal }), { name: 'AbortError' });
  await assert.rejects(probe(server, { stopping: stop.signal }), { name: 'AbortError' });
});
