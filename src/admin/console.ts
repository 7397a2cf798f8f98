import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptsGzip } from '../proxy/answer/encoding.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where the browser finds the modules of packages; `index.html` maps their names to these. */
const LIBRARIES = {
  'lib/preact.js': 'preact',
  'lib/preact-hooks.js': 'preact/hooks',
  'lib/uplot.js': 'uplot/dist/uPlot.esm.js',
  'lib/uplot.css': 'uplot/dist/uPlot.min.css',
};

/** Reads each file of the console, by its name, as it is on disk at the time. */
export type ConsoleFiles = ReadonlyMap<string, () => Buffer>;

/**
 * The files of the console: plain modules and two libraries, served as they are, so that nothing has to be built before
 * the page can be seen. From a checkout the TypeScript sources are served with their types left out, and the libraries
 * as they are installed; the build does both beforehand. Only what is listed at the start is ever read, whatever is
 * asked for.
 * @param folder with a slash at the end
 * @param isSource a folder of TypeScript sources, which the libraries are not in
 */
export const consoleFiles = (folder: URL, isSource: boolean): ConsoleFiles => {
  const files = new Map<string, () => Buffer>();
  for (const name of readdirSync(folder, { encoding: 'utf8', recursive: true })) {
    const isTyped = isSource && name.endsWith('.ts');
    const served = isTyped ? name.replace(/ts$/, 'js') : name;
    const read = () => readFileSync(new URL(name, folder));
    if (extname(served) in TYPES) files.set(served, isTyped ? () => withoutTypes(read()) : read);
  }
  for (const [name, specifier] of isSource ? Object.entries(LIBRARIES) : []) {
    files.set(name, () => readFileSync(new URL(import.meta.resolve(specifier))));
  }
  return files;
};

/** With `import … from './x.ts'` as the build writes it. */
const withoutTypes = (code: Buffer): Buffer =>
  Buffer.from(
    stripTypeScriptTypes(code.toString()).replaceAll(/(\bfrom\s*'\.{1,2}\/[\w./-]+)\.ts'/g, "$1.js'"),
  );

const fromSource = import.meta.url.endsWith('.ts');

export const openConsole = (): ConsoleFiles =>
  consoleFiles(new URL(fromSource ? '../console/' : './console/', import.meta.url), fromSource);

/** The one script that stands in the page itself: the import map, which browsers take from nowhere else. */
const IMPORT_MAP = /<script type="importmap">([\s\S]*?)<\/script>/;

/**
 * What the page may do (Content Security Policy 3): load from and talk to its own origin. No inline script but the
 * import map, known by its hash; no inline style; nobody frames it; no form leaves it; no text ever becomes markup
 * (Trusted Types).
 */
const contentSecurityPolicy = (html: string): string => {
  const importMap = IMPORT_MAP.exec(html)?.[1] ?? '';
  const hash = createHash('sha256').update(importMap).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
};

/** Serves the console below `/console/`. The page reads only documented endpoints of the same listener. */
export const consoleRoutes = (app: FastifyInstance): void => {
  const files = openConsole();
  for (const path of ['/', '/console']) app.get(path, (_, reply) => reply.redirect('/console/', 302));

  app.get<{ Params: { '*': string } }>('/console/*', (request, reply) => {
    const name = request.params['*'] === '' ? 'index.html' : request.params['*'];
    const body = files.get(name)?.();
    if (body === undefined) return reply.callNotFound();
    if (name === 'index.html') {
      reply.headers({
        'content-security-policy': contentSecurityPolicy(body.toString()),
        'cross-origin-opener-policy': 'same-origin',
        'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      });
    }
    return send(request, reply, name, body);
  });
};

/** Kept by the browser, and validated at each use: a new version of the proxy is a new page at once. */
const send = (request: FastifyRequest, reply: FastifyReply, name: string, body: Buffer): FastifyReply => {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  reply.headers({
    'cache-control': 'no-cache',
    'content-type': TYPES[extname(name)],
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    vary: 'Accept-Encoding',
    etag,
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return acceptsGzip(request.headers['accept-encoding'])
    ? reply.header('content-encoding', 'gzip').send(gzipSync(body))
    : reply.send(body);
};
