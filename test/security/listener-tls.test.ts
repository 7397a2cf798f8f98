import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { startE2eWorld } from '../support/e2e-world.ts';
import { guardedGet } from '../support/guarded-call.ts';
import { sendRaw } from '../support/http-client.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { ELSEWHERE, LOOPBACK } from '../support/tls-identities.ts';

const PATH = '/cmu/v2/year?limit=1';

const writeIdentity = async (folder: TemporaryFolder, { cert, key }: { cert: string; key: string }) => {
  await writeFile(folder.file('cert.pem'), cert);
  await writeFile(folder.file('key.pem'), key);
  return { LISTEN_TLS_CERT_FILE: folder.file('cert.pem'), LISTEN_TLS_KEY_FILE: folder.file('key.pem') };
};

test('with a certificate the listener speaks TLS only, and serves reports over it', async () => {
  await using folder = await temporaryFolder();
  await using world = await startE2eWorld({ settings: await writeIdentity(folder, LOOPBACK) });
  const url = new URL(world.url);
  assert.equal(url.protocol, 'https:');
  const port = Number(url.port);
  assert.equal((await guardedGet(port, PATH, { trust: LOOPBACK.cert })).status, 200);
  const plain = await sendRaw(port, `GET ${PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  assert.match(plain, /^HTTP\/1\.1 400 .*call https:/s);
  const refused = await new Promise<NodeJS.ErrnoException>((resolve) => {
    const options = { port, host: '127.0.0.1', ca: LOOPBACK.cert, ciphers: 'DEFAULT@SECLEVEL=0' };
    tlsConnect({ ...options, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }).on('error', resolve);
  });
  assert.equal(refused.code, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
});

test('a caller who does not finish the handshake is cut off, and its answer is none', async () => {
  await using folder = await temporaryFolder();
  const settings = { ...(await writeIdentity(folder, LOOPBACK)), LISTEN_HEADERS_TIMEOUT_MS: '200' };
  await using world = await startE2eWorld({ settings });
  const port = Number(new URL(world.url).port);
  await new Promise((resolve) =>
    connect(port, '127.0.0.1').on('error', resolve).on('close', resolve).resume(),
  );
  assert.equal((await guardedGet(port, PATH, { trust: LOOPBACK.cert })).status, 200);
});

test('with an authority for callers, only a caller with a certificate of it gets a connection', async () => {
  await using folder = await temporaryFolder();
  const identity = await writeIdentity(folder, LOOPBACK);
  const settings = { ...identity, LISTEN_TLS_CLIENT_CA_FILE: folder.file('cert.pem') };
  await using world = await startE2eWorld({ settings });
  const port = Number(new URL(world.url).port);
  const get = (who?: { cert: string; key: string }) =>
    guardedGet(port, PATH, { trust: LOOPBACK.cert, ...(who && { identity: who }) });
  await assert.rejects(get());
  await assert.rejects(get(ELSEWHERE));
  assert.equal(world.sandbox.counts.report, 0);
  assert.equal((await get(LOOPBACK)).status, 200);
});

test('a renewed certificate is shown to new connections; half of a renewal changes nothing and is refused', async () => {
  await using folder = await temporaryFolder();
  await using world = await startE2eWorld({ settings: await writeIdentity(folder, LOOPBACK) });
  const port = Number(new URL(world.url).port);
  const get = (trust: string) => guardedGet(port, PATH, { trust });
  await writeFile(folder.file('cert.pem'), ELSEWHERE.cert);
  await world.proxy.reload();
  await world.proxy.reload();
  assert.match(String((await get(LOOPBACK.cert)).peerName), /cmu-proxy test/);
  assert.equal(world.log().match(/config\.refused/g)?.length, 2);
  assert.doesNotMatch(world.log(), /PRIVATE/);
  await rm(folder.file('key.pem'));
  await writeFile(folder.file('key.pem'), ELSEWHERE.key);
  await world.proxy.reload();
  assert.match(world.log(), /listen\.certificate-renewed/);
  await assert.rejects(get(LOOPBACK.cert), /certificate/);
});

test('too many connections are answered 503 over TLS as well', async () => {
  await using folder = await temporaryFolder();
  const settings = { ...(await writeIdentity(folder, LOOPBACK)), LISTEN_MAX_CONNECTIONS: '1' };
  await using world = await startE2eWorld({ settings });
  const port = Number(new URL(world.url).port);
  const first = tlsConnect({ port, host: '127.0.0.1', ca: LOOPBACK.cert });
  await once(first, 'secureConnect');
  assert.equal((await guardedGet(port, PATH, { trust: LOOPBACK.cert })).status, 503);
  first.destroy();
});

test('a caller who closes its side right behind the request gets the stored report before ours is closed', async () => {
  await using folder = await temporaryFolder();
  await using world = await startE2eWorld({ settings: await writeIdentity(folder, LOOPBACK) });
  const port = Number(new URL(world.url).port);
  assert.equal((await guardedGet(port, PATH, { trust: LOOPBACK.cert })).status, 200);
  for (let i = 0; i < 20; i++) {
    const caller = tlsConnect({ port, host: '127.0.0.1', ca: LOOPBACK.cert });
    await once(caller, 'secureConnect');
    caller.end(`GET ${PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    let text = '';
    for await (const chunk of caller) text += chunk.toString('latin1');
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*Cache-Status: .*hit/);
  }
});
