import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { begin, call } from '../../support/http-client.ts';
import { turn, withProxy } from '../../support/proxy-world.ts';
import { hang } from '../../support/scripted-upstream.ts';

test('the head of a report reaches the caller before its body', async () => {
  let finish = () => {};
  await withProxy(
    (response) => {
      response.writeHead(200, ['Content-Type', 'text/csv']);
      response.flushHeaders();
      finish = () => response.end('a,b');
    },
    async (proxy) => {
      const { response } = await begin(`${proxy.url}/year.csv`);
      assert.equal(response.statusCode, 200);
      finish();
      assert.equal(Buffer.concat(await response.toArray()).toString(), 'a,b');
    },
  );
});

test('a slow reader holds the upstream back, and nothing piles up in between', async () => {
  const chunk = Buffer.alloc(65_536, 'x');
  let sent = 0;
  let blocked: () => void = () => {};
  const isBlocked = new Promise<void>((resolve) => {
    blocked = resolve;
  });
  await withProxy(
    (response) => {
      response.writeHead(200, ['Content-Type', 'text/csv', 'Content-Length', String(chunk.length * 2_000)]);
      const more = () => {
        while (sent < 2_000) {
          sent++;
          if (response.write(chunk)) continue;
          // Not drained for a while: the proxy has stopped reading.
          const timer = setTimeout(blocked, 300);
          response.once('drain', () => {
            clearTimeout(timer);
            more();
          });
          return;
        }
        response.end();
      };
      more();
    },
    async (proxy, upstream) => {
      const { request, response } = await begin(`${proxy.url}/year.csv`);
      response.pause();
      await isBlocked;
      // What the sockets' own buffers hold on this machine, and no more.
      assert.ok(sent < 500, `${sent} of 2,000 pieces were taken`);
      request.destroy();
      await upstream.requests[0]?.cancelled;
    },
    { settings: { CACHE_MAX_ENTRY_BYTES: '1024' } },
  );
});

test('a caller who does not read holds up nobody else at a report that is too large to be kept', async () => {
  const chunk = Buffer.alloc(65_536, 'x');
  const pieces = 400;
  let answer = () => {};
  await withProxy(
    (response) => {
      let sent = 0;
      const more = () => {
        while (sent < pieces) {
          sent++;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on('drain', more);
      answer = () => {
        response.writeHead(200, [
          'Content-Type',
          'text/csv',
          'Content-Length',
          String(chunk.length * pieces),
        ]);
        more();
      };
    },
    async (proxy, upstream) => {
      const slow = begin(`${proxy.url}/year.csv`);
      const quick = call(`${proxy.url}/year.csv`);
      while (proxy.gateway.opened < 2 || upstream.requests.length < 1) await turn();
      answer();
      const { response } = await slow;
      const brokenOff = once(response, 'error');
      response.pause();
      assert.equal((await quick).body.length, chunk.length * pieces);
      response.resume();
      await brokenOff;
      assert.equal(upstream.requests.length, 1);
    },
    { settings: { CACHE_MAX_ENTRY_BYTES: '65536' } },
  );
});

test('a reader who stops for too long is cut off, and the upstream with it', () =>
  withProxy(
    (response) => {
      response.writeHead(200, ['Content-Type', 'text/csv']);
      const chunk = Buffer.alloc(65_536, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    },
    async (proxy, upstream) => {
      const { response } = await begin(`${proxy.url}/year.csv`);
      response.pause();
      await upstream.requests[0]?.cancelled;
      await proxy.answeredCount(1);
      assert.equal(proxy.answered[0]?.status, 499);
    },
    { settings: { LISTEN_WRITE_TIMEOUT_MS: '200', CACHE_MAX_ENTRY_BYTES: '1024' } },
  ));

test('a caller who leaves ends the request upstream, if nobody else may have its answer', () =>
  withProxy(
    hang,
    async (proxy, upstream) => {
      const leaving = new AbortController();
      const headers = ['Cache-Control', 'no-store'];
      call(`${proxy.url}/year`, { signal: leaving.signal, headers }).catch(() => {});
      while (upstream.requests.length === 0) await turn();
      leaving.abort();
      await upstream.requests[0]?.cancelled;
      await proxy.answeredCount(1);
      assert.equal(proxy.answered[0]?.status, 499);
    },
    { settings: { CACHE_CALLER_DIRECTIVES: 'honour' } },
  ));
