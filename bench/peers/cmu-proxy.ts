import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Peer, type PeerContext, urlOf } from './peer.ts';

/** A software statement as Adobe issues them: RS256, `sub`, `iss`, `iat`, `nbf`; nobody checks the signature. */
function softwareStatement(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const issued = Math.floor(Date.now() / 1000) - 60;
  const claims = {
    sub: '7d9f4f0e-3f0a-4d9e-9c54-6a8c1f7d2b11',
    iss: 'auth.adobe.com',
    iat: issued,
    nbf: issued,
  };
  const signed = `${part({ alg: 'RS256' })}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

/** Checkouts from before there was the setting refuse it. */
const isBounded = (root: string): boolean =>
  readFileSync(join(root, 'config', 'schema.json'), 'utf8').includes('maxRequestsPerSecond');

function prepare(root: string, context: PeerContext, more: Readonly<Record<string, string>>) {
  const statement = join(context.dir, 'statement.txt');
  writeFileSync(statement, softwareStatement());
  const state = join(context.dir, 'state');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const adminPort = String(context.port + 1);
  return {
    command: process.execPath,
    args: [join(root, 'dist', 'main.js'), 'serve'],
    env: {
      NODE_ENV: 'production',
      // As in the Dockerfile. The image's compile cache is made by a start like the first one here.
      NODE_OPTIONS: '--max-old-space-size-percentage=50 --max-semi-space-size=16',
      NODE_COMPILE_CACHE: join(context.dir, 'compile-cache'),
      CMU_PROXY_LISTEN_PORT: String(context.port),
      CMU_PROXY_LISTEN_MAX_CONNECTIONS: '4096',
      CMU_PROXY_UPSTREAM_MAX_CONNECTIONS: '1024',
      ...(isBounded(root) && { CMU_PROXY_UPSTREAM_MAX_REQUESTS_PER_SECOND: '0' }),
      CMU_PROXY_ADMIN_PORT: adminPort,
      CMU_PROXY_DCR_URL: `http://127.0.0.1:${context.dcrPort}`,
      CMU_PROXY_UPSTREAM_URL: urlOf(context.upstream),
      ...(context.upstream.caFile !== undefined && { CMU_PROXY_UPSTREAM_CA_FILE: context.upstream.caFile }),
      CMU_PROXY_SOFTWARE_STATEMENT_FILE: statement,
      CMU_PROXY_STATE_DIR: state,
      CMU_PROXY_LOG_LEVEL: 'info',
      ...more,
    },
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
  };
}

function version(root: string): string | undefined {
  const described: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof described !== 'object' || described === null || !('version' in described)) return undefined;
  return String(described.version);
}

/** cmu-proxy as the image runs it, in the set-ups that are measured. */
export interface CmuProxyPeers {
  readonly forwarding: Peer;
  readonly caching: Peer;
  readonly cachingPlainly: Peer;
  readonly rotating: Peer;
  readonly rotatingCaching: Peer;
}

const CACHE_OFF = { CMU_PROXY_CACHE_MAX_BYTES: '0' };

/**
 * The compiled program with every guard, metrics, and logs at info.
 *
 * @param root the checkout; its `dist/` is what runs
 * @param suffix tells two revisions apart in one run
 */
export function cmuProxyPeers(root: string, suffix = ''): CmuProxyPeers {
  const checkout = resolve(root);
  const shared = { version: () => version(checkout) };
  return {
    forwarding: {
      ...shared,
      name: `cmu-proxy${suffix}`,
      abilities: ['pass', 'stream', 'resume'],
      setUp: 'compiled, logs at info to a file, metrics and guards on, cache off',
      prepare: (context) => prepare(checkout, context, CACHE_OFF),
    },
    caching: {
      ...shared,
      name: `cmu-proxy cache${suffix}`,
      abilities: ['cache', 'stream', 'decode', 'resume'],
      setUp: 'as cmu-proxy, and its cache with 64 MiB',
      prepare: (context) => prepare(checkout, context, {}),
    },
    cachingPlainly: {
      ...shared,
      name: `cmu-proxy cache without accelerator${suffix}`,
      abilities: ['cache'],
      setUp: "as cmu-proxy cache, every request read by Node's parser (`listen.accelerator: false`)",
      prepare: (context) => prepare(checkout, context, { CMU_PROXY_LISTEN_ACCELERATOR: 'false' }),
    },
    rotating: {
      ...shared,
      name: `cmu-proxy (3 s tokens)${suffix}`,
      abilities: ['rotate'],
      setUp: 'as cmu-proxy, with bearer tokens that live for 3 s',
      prepare: (context) => prepare(checkout, { ...context, dcrPort: context.shortLivedDcrPort }, CACHE_OFF),
    },
    rotatingCaching: {
      ...shared,
      name: `cmu-proxy cache (3 s tokens)${suffix}`,
      abilities: ['rotate-cache'],
      setUp: 'as cmu-proxy cache, with bearer tokens that live for 3 s',
      prepare: (context) => prepare(checkout, { ...context, dcrPort: context.shortLivedDcrPort }, {}),
    },
  };
}
