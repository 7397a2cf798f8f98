import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { writePrepared } from '../../src/proxy/prepared-head.ts';

const FIELDS = ['Content-Type', 'text/plain', 'Content-Length', '2', 'Date', 'Tue, 24 Nov 2026 09:00:00 GMT'];

/** All bytes that a server sends for these bytes, until it ends the connection. */
const exchanged = async (listener: RequestListener, bytes: string): Promise<string> => {
  const server = createServer({ keepAliveTimeout: 0, optimizeEmptyRequests: true }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  socket.end(bytes);
  let received = '';
  for await (const chunk of socket.setEncoding('latin1')) received += chunk;
  server.close();
  return received;
};

const get = (more = ''): string => `GET / HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

test('the bytes are those of writeHead, but for the hint on keep-alive', async () => {
  const prepared = await exchanged((_request, response) => writePrepared(response, 200, FIELDS, 'ok'), get());
  const written = await exchanged((_request, response) => {
    response.writeHead(200, FIELDS).end('ok');
  }, get());
  assert.equal(prepared, written.replace(/Keep-Alive: .*\r\n/, ''));
});

test('answers to pipelined requests come in order on one connection', async () => {
  let count = 0;
  const received = await exchanged(
    (_request, response) => {
      count += 1;
      writePrepared(response, 200, FIELDS, `#${count}`);
    },
    get() + get() + get(),
  );
  assert.deepEqual(received.match(/#\d/g), ['#1', '#2', '#3']);
});

test('a connection that is to end is told so, and ends', async () => {
  const received = await exchanged(
    (_request, response) => writePrepared(response, 200, FIELDS, 'ok'),
    get('Connection: close\r\n') + get(),
  );
  assert.match(received, /Connection: close/);
  assert.equal(received.match(/HTTP\/1\.1/g)?.length, 1);
});

test('bytes beyond ASCII leave as they came', async () => {
  const text = Buffer.from('é', 'utf8').toString('latin1');
  const received = await exchanged((_request, response) => writePrepared(response, 200, FIELDS, text), get());
  assert.ok(received.endsWith(text));
});
