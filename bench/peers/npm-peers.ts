import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Endpoint, type Peer, type PeerContext, urlOf } from './peer.ts';

/** Outside the repository: what we are compared with is no dependency of ours. */
const FOLDER = join(tmpdir(), 'cmu-proxy-bench-peers');
const PACKAGES = [
  '@fastify/http-proxy',
  'fastify',
  'express',
  'http-proxy-middleware',
  'http-proxy-3',
  'fast-proxy',
];

/** Installs the npm peers into a folder of the system's temporary folder, once; without a registry they are left out. */
export function installNpmPeers(): void {
  if (PACKAGES.every((name) => existsSync(join(FOLDER, 'node_modules', name)))) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{"private":true}');
  spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES], {
    cwd: FOLDER,
    stdio: 'inherit',
  });
}

function versionOfPackage(name: string): string | undefined {
  const path = join(FOLDER, 'node_modules', name, 'package.json');
  if (!existsSync(path)) return undefined;
  const described: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof described !== 'object' || described === null || !('version' in described)) return undefined;
  return String(described.version);
}

/** The program is written beside the installed packages, so that its imports resolve. */
function npmPeer(name: string, main: string, setUp: string, program: (context: PeerContext) => string): Peer {
  return {
    name,
    abilities: ['pass', 'stream'],
    setUp,
    version: () => versionOfPackage(main),
    prepare(context) {
      const path = join(FOLDER, `${name.replaceAll(/\W+/g, '-')}-${context.port}.mjs`);
      writeFileSync(path, program(context));
      return { command: process.execPath, args: [path], env: { NODE_ENV: 'production' } };
    },
  };
}

/** reply-from verifies no certificate unless it is told to. */
const trust = ({ caFile }: Endpoint): string =>
  caFile === undefined
    ? ''
    : `, connect: { rejectUnauthorized: true, ca: process.getBuiltinModule('fs').readFileSync('${caFile}') }`;

export const fastifyHttpProxy = npmPeer(
  '@fastify/http-proxy',
  '@fastify/http-proxy',
  'bare: logger off, 64 undici connections',
  ({ port, upstream }) => `import Fastify from 'fastify';
import proxy from '@fastify/http-proxy';
const app = Fastify({ logger: false });
app.register(proxy, {
  upstream: '${urlOf(upstream)}',
  undici: { connections: 64, pipelining: 1${trust(upstream)} },
  replyOptions: { rewriteRequestHeaders: (_request, headers) => ({ ...headers, authorization: 'Bearer bench' }) },
});
await app.listen({ host: '127.0.0.1', port: ${port} });
`,
);

export const expressProxy = npmPeer(
  'express + http-proxy-middleware',
  'http-proxy-middleware',
  'keep-alive agent with 64 sockets',
  ({ port, upstream }) => `import http from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const app = express();
app.disable('x-powered-by');
app.use(createProxyMiddleware({ target: '${urlOf(upstream)}', agent, headers: { authorization: 'Bearer bench' } }));
app.listen(${port}, '127.0.0.1');
`,
);

export const httpProxy3 = npmPeer(
  'http-proxy-3',
  'http-proxy-3',
  'keep-alive agent with 64 sockets',
  ({ port, upstream }) => `import http from 'node:http';
import httpProxy from 'http-proxy-3';
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
httpProxy.createProxyServer({ target: '${urlOf(upstream)}', agent, headers: { authorization: 'Bearer bench' } })
  .listen(${port}, '127.0.0.1');
`,
);

export const fastProxy = npmPeer(
  'fast-proxy',
  'fast-proxy',
  'undici, 64 connections',
  ({ port, upstream }) => `import http from 'node:http';
import fastProxy from 'fast-proxy';
const { proxy } = fastProxy({ base: '${urlOf(upstream)}', undici: { connections: 64, pipelining: 1 } });
const rewriteRequestHeaders = (_request, headers) => ({ ...headers, authorization: 'Bearer bench' });
http.createServer((request, response) => proxy(request, response, request.url, { rewriteRequestHeaders }))
  .listen(${port}, '127.0.0.1');
`,
);
