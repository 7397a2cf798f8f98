import type { Plugin } from 'esbuild';

interface LeftOut {
  readonly path: RegExp;
  readonly importer: RegExp;
}

/** What packages load at once and this program never uses, and why it is sure not to. */
const LEFT_OUT: readonly LeftOut[] = [
  // Ajv and fast-json-stringify, a quarter of all code: `src/base/without-schemas.ts` sees to it that Fastify never asks for them.
  { path: /^@fastify\/(ajv|fast-json-stringify)-compiler$/, importer: /node_modules\/fastify\// },
  // Both listeners speak HTTP/1.1, and nobody calls `inject` on them but tests.
  { path: /^node:http2$/, importer: /node_modules\/fastify\// },
  { path: /^light-my-request$/, importer: /node_modules\/fastify\// },
  // Log lines are written by this process itself, not by a worker ("transport").
  { path: /^thread-stream$/, importer: /node_modules\/pino\// },
  // The metrics of several processes added up.
  { path: /^\.\/lib\/cluster$/, importer: /node_modules\/prom-client\// },
  // Of undici the pool over HTTP/1.1 is used (docs/decisions/011): no fetch, WebSocket, mocks, caches, proxies or HTTP/2.
  { path: /^\.\/lib\/(web|mock|cache|interceptor|handler)\//, importer: /node_modules\/undici\/index\.js$/ },
  {
    path: /\/(balanced-pool|round-robin-pool|retry-agent|h2c-client|(.*-)?proxy-agent)$/,
    importer: /node_modules\/undici\/index\.js$/,
  },
  { path: /^\.\/client-h2\.js$/, importer: /node_modules\/undici\/lib\/dispatcher\// },
];

/** Puts something in their place that can be loaded, and throws when it is used. */
export const leftOut: Plugin = {
  name: 'left-out',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, importer }) =>
      LEFT_OUT.some((it) => it.path.test(path) && it.importer.test(importer))
        ? { path, namespace: 'left-out' }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `
        const refuse = () => { throw new Error(${JSON.stringify(`${path} is not in this build`)}); };
        const get = (target, name) => target[name] ?? nothing;
        const nothing = new Proxy(class {}, { get, apply: refuse });
        module.exports = new Proxy(refuse, { get: () => nothing, construct: refuse });`,
    }));
  },
};
