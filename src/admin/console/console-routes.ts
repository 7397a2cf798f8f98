import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConsoleFile, ConsoleFiles } from './console-files.ts';

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
export const consoleRoutes = (app: FastifyInstance, files: ConsoleFiles): void => {
  app.get('/', (_request, reply) => reply.redirect('/console/', 302));
  app.get('/console', (_request, reply) => reply.redirect('/console/', 302));

  app.get('/console/', (request, reply) => {
    const page = files.file('index.html');
    if (page === undefined) return reply.callNotFound();
    reply.headers({
      'content-security-policy': contentSecurityPolicy(page.body.toString('utf8')),
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    });
    return send(request, reply, page);
  });

  app.get<{ Params: { '*': string } }>('/console/*', (request, reply) => {
    const file = files.file(request.params['*']);
    return file === undefined ? reply.callNotFound() : send(request, reply, file);
  });
};

/** Kept by the browser, and validated at each use: a new version of the proxy is a new page at once. */
const send = (request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply => {
  reply.headers({
    'cache-control': 'no-cache',
    'content-type': file.type,
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    vary: 'Accept-Encoding',
    etag: file.etag,
  });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$))/.test(
    request.headers['accept-encoding'] ?? '',
  );
  return takesGzip ? reply.header('content-encoding', 'gzip').send(file.gzip) : reply.send(file.body);
};
