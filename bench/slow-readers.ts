import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSandbox } from '../src/sandbox/index.ts';
import { call } from '../test/support/http-client.ts';
import { runServe } from '../test/support/running-process.ts';

/**
 * Many callers who read a large report at a trickle, each one of its own, and what they cost the proxy's memory:
 *
 *     node bench/slow-readers.ts [--readers 200] [--rate 1024] [--mebibytes 100] [--seconds 20] [--connections 256] [--length]
 *
 * `--connections`: as many may be open to the upstream; as many readers get something. `--length`: the upstream tells the size beforehand. Prints the figures; exits 1 if memory grew by more than 64 MiB, or if an honest caller
 * was not served meanwhile (docs/threat-model.md).
 */
const { values } = parseArgs({
  options: {
    readers: { type: 'string', default: '200' },
    rate: { type: 'string', default: '1024' },
    mebibytes: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '256' },
    length: { type: 'boolean', default: false },
  },
});
const MIB = 1024 * 1024;
const MOST_GROWTH = 64 * MIB;

/** A body of this many bytes, at the pace of whoever reads. */
const pour = (response: ServerResponse, bytes: number): void => {
  const piece = Buffer.alloc(65_536, 'report,row\n');
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
};

const startLargeReports = async (bytes: number, tellsLength: boolean) => {
  const server = createServer((request, response) => {
    const small = request.url?.includes('honest');
    const size = small ? 65_536 : bytes;
    response.writeHead(200, {
      'Content-Type': 'text/csv',
      ...(tellsLength || small ? { 'Content-Length': size } : {}),
    });
    pour(response, size);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** Reads `rate` bytes a second, and no more. */
const startReader = (port: number, target: string, rate: number): Promise<Socket> =>
  new Promise((resolve) => {
    const onread = { buffer: Buffer.alloc(rate), callback: () => false };
    const socket = connect({ port, host: '127.0.0.1', onread });
    const timer = setInterval(() => socket.resume(), 1000);
    socket.on('error', () => {});
    socket.on('close', () => clearInterval(timer));
    socket.once('connect', () => {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      resolve(socket);
    });
  });

const residentBytes = (pid: number | undefined): number =>
  1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const main = async (): Promise<number> => {
  const [readers, rate, mebibytes, seconds] = [
    values.readers,
    values.rate,
    values.mebibytes,
    values.seconds,
  ].map(Number);
  const sandbox = await startSandbox();
  const reports = await startLargeReports((mebibytes ?? 0) * MIB, values.length);
  await using serve = await runServe({
    // As in the image.
    env: { NODE_OPTIONS: '--max-semi-space-size=16' },
    settings: {
      ...{ LISTEN_PORT: '0', ADMIN_PORT: '0', LOG_LEVEL: 'info' },
      UPSTREAM_MAX_CONNECTIONS: values.connections,
      // What is measured are the connections.
      ...{ UPSTREAM_MAX_REQUESTS_PER_SECOND: '0', CACHE_CALLER_DIRECTIVES: 'honour' },
      ...{ SOFTWARE_STATEMENT: await sandbox.statement(), DCR_URL: sandbox.url, UPSTREAM_URL: reports.url },
    },
  });
  const honest = async (): Promise<number> => {
    const startedAt = performance.now();
    const { status, body } = await call(`${serve.url}/honest.csv`, {
      headers: ['Cache-Control', 'no-cache'],
    });
    if (status !== 200 || body.length !== 65_536) throw new Error(`an honest caller got ${status}`);
    return performance.now() - startedAt;
  };
  for (let i = 0; i < 20; i++) await honest();
  const before = residentBytes(serve.child.pid);
  const port = Number(new URL(serve.url).port);
  const sockets: Socket[] = [];
  for (let i = 0; i < (readers ?? 0); i++) {
    sockets.push(await startReader(port, `/cmu/v2/large/${i}.csv`, rate ?? 0));
  }
  let peak = before;
  let slowest = 0;
  for (let i = 0; i < (seconds ?? 0); i++) {
    await sleep(1000);
    slowest = Math.max(slowest, await honest());
    peak = Math.max(peak, residentBytes(serve.child.pid));
  }
  const growth = peak - before;
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
  console.log(
    `${readers} readers at ${rate} B/s of ${mebibytes} MiB each${values.length ? ', length told' : ''}, for ${seconds} s`,
  );
  console.log(`resident memory: ${mib(before)} before, ${mib(peak)} at most: ${mib(growth)} more`);
  console.log(`an honest caller waited ${slowest.toFixed(0)} ms at most`);
  for (const socket of sockets) socket.destroy();
  const exit = await serve.kill('SIGTERM');
  console.log(`stopped with ${exit.code}`);
  reports.server.closeAllConnections();
  reports.server.close();
  await sandbox.close();
  return growth <= MOST_GROWTH && exit.code === 0 ? 0 : 1;
};

process.exitCode = await main();
