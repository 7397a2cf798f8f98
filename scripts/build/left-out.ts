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
        module.exports = new Proxy(refuse, { get: refuse, construct: refuse });`,
    }));
  },
};
