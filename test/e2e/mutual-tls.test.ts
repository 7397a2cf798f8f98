import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { startE2eWorld, until } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ELSEWHERE, LOOPBACK } from '../support/tls-identities.ts';

interface Seen {
  readonly path: string;
  readonly fingerprint: string;
}

/** A TLS server that wants a certificate, in front of the sandbox. */
const startDoor = async () => {
  const seen: Seen[] = [];
  let target = '';
  const server = createServer(
    { ...LOOPBACK, requestCert: true, rejectUnauthorized: true, ca: [LOOPBACK.cert, ELSEWHERE.cert] },
    (request, response) => {
      assert.ok(request.socket instanceof TLSSocket);
      const { fingerprint256 } = request.socket.getPeerCertificate();
      seen.push({ path: request.url ?? '', fingerprint: fingerprint256 });
      const { method, headers, url } = request;
      const onward = httpRequest(target + url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${Object(server.address() satisfies AddressInfo | string | null).port}`,
    seen,
    leadsTo: (url: string) => {
      target = url;
    },
    /** Shows another certificate from now on, on new connections. */
    shows: (identity: { readonly cert: string; readonly key: string }) => {
      server.setSecureContext({ ...identity, ca: [LOOPBACK.cert, ELSEWHERE.cert] });
      server.closeAllConnections();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const fingerprintOf = ({ cert }: { readonly cert: string }): string =>
  new X509Certificate(cert).fingerprint256;

const pem = (name: string): Promise<string> =>
  readFile(new URL(`../upstream/fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

test('a certificate is shown to the DCR server and to the report API, and renewed without a restart', async () => {
  await using folder = await temporaryFolder();
  const files = { ca: folder.file('ca.pem'), cert: folder.file('cert.pem'), key: folder.file('key.pem') };
  await writeFile(files.ca, LOOPBACK.cert);
  await writeFile(files.cert, LOOPBACK.cert);
  await writeFile(files.key, LOOPBACK.key);
  await using door = await startDoor();
  await using world = await startE2eWorld({
    before: (sandbox) => door.leadsTo(sandbox.url),
    settings: {
      DCR_URL: door.url,
      DCR_CA_FILE: files.ca,
      DCR_CERT_FILE: files.cert,
      DCR_KEY_FILE: files.key,
      UPSTREAM_URL: door.url,
      UPSTREAM_CA_FILE: files.ca,
      UPSTREAM_CERT_FILE: files.cert,
      UPSTREAM_KEY_FILE: files.key,
    },
  });
  const refreshed = () =>
    call(`${world.proxy.adminUrl}/api/token/refresh`, {
      method: 'POST',
      headers: ['X-Requested-With', 'test'],
    });
  const reloads = () => world.log().match(/"config.reloaded"/g)?.length ?? 0;

  assert.equal((await world.get('/year')).status, 200);
  assert.deepEqual(
    door.seen.map(({ path }) => path),
    ['/o/client/register', '/o/client/token', '/cmu/v2/year'],
  );
  assert.deepEqual(new Set(door.seen.map((it) => it.fingerprint)), new Set([fingerprintOf(LOOPBACK)]));

  door.seen.length = 0;
  await writeFile(files.cert, ELSEWHERE.cert);
  await writeFile(files.key, ELSEWHERE.key);
  await until(() => reloads() === 1);
  assert.equal((await world.get('/year/month')).status, 200);
  assert.equal((await refreshed()).status, 200);
  assert.deepEqual(
    door.seen.map(({ path }) => path),
    ['/cmu/v2/year/month', '/o/client/token'],
    'nothing is registered anew',
  );
  assert.deepEqual(new Set(door.seen.map((it) => it.fingerprint)), new Set([fingerprintOf(ELSEWHERE)]));

  door.shows({ cert: await pem('loopback'), key: await pem('loopback-key') });
  await writeFile(files.ca, await pem('authority'));
  await until(() => reloads() === 2);
  assert.equal((await world.get('/year/month/day')).status, 200);
  assert.equal((await refreshed()).status, 200);
});

test('without a certificate, or with one of another authority, no request gets there', async () => {
  await using folder = await temporaryFolder();
  await writeFile(folder.file('ca.pem'), LOOPBACK.cert);
  await writeFile(folder.file('cert.pem'), await pem('loopback'));
  await writeFile(folder.file('key.pem'), await pem('loopback-key'));
  const foreign = { DCR_CERT_FILE: folder.file('cert.pem'), DCR_KEY_FILE: folder.file('key.pem') };
  await using door = await startDoor();
  for (const settings of [{}, foreign]) {
    await using world = await startE2eWorld({
      settings: { DCR_URL: door.url, DCR_CA_FILE: folder.file('ca.pem'), ...settings },
    });
    const answer = await world.get('/year');
    assert.equal(answer.status, 503);
    assert.equal(Object(answer.json()).type, 'urn:cmu-proxy:problem:no-token');
  }
  assert.equal(door.seen.length, 0);
});
