import assert from 'node:assert/strict';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { sendAnswer } from '../../src/sandbox/http/answer.ts';
import { report, sandboxFor } from './client.ts';

const PIECE = `${'x'.repeat(1023)}\n`;

/** Serves an endless body and counts how much of it was asked for. */
async function endless(gzip: boolean) {
  let produced = 0;
  function* pieces() {
    for (;;) {
      produced++;
      yield PIECE;
    }
  }
  const server = createServer((_, response) => {
    void sendAnswer(
      response,
      { status: 200, headers: {}, body: pieces(), compressible: true },
      { gzip, tear: false },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port, produced: () => produced };
}

test('no more of a report is computed than its reader takes', async () => {
  const { server, port, produced } = await endless(false);
  const response = await new Promise<IncomingMessage>((resolve) => get({ port, agent: false }, resolve));
  response.pause();
  // The body stops growing once the buffers of both ends are full, although the reader never said a word.
  let before = -1;
  for (let still = 0; still < 50; ) {
    await new Promise(setImmediate);
    still = produced() === before ? still + 1 : 0;
    before = produced();
  }
  assert.ok(before < 32_768, `${before} KiB for a reader that reads nothing`);
  const ended = new Promise((resolve) => server.on('close', resolve));
  response.destroy();
  server.close();
  await ended;
});

test('a reader that leaves ends the computation, and the sandbox goes on', async (t) => {
  const sandbox = await sandboxFor(t);
  const token = await sandbox.accessToken();
  const path =
    '/cmu/v2/year/month/day/hour/tenant/channel/platform/application-id.csv?start=2024&limit=1000000';
  for (const encoding of ['gzip', 'identity']) {
    const headers = { authorization: `Bearer ${token}`, 'accept-encoding': encoding };
    const response = await new Promise<IncomingMessage>((resolve) =>
      get(sandbox.url + path, { headers, agent: false }, resolve),
    );
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['content-length'], undefined);
    response.destroy();
  }
  assert.equal((await report(sandbox, '/cmu/v2', { token })).status, 200);
});
