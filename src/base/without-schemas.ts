import type { FastifyServerOptions } from 'fastify';

const refuse = (): never => {
  throw new Error('A route declares a schema, but this server was made without the compilers for them.');
};

/**
 * By itself Fastify loads and prepares Ajv and fast-json-stringify at each start: a tenth of the time until the proxy
 * is ready, and 6 MB. A route that declares a schema all the same fails at the start.
 */
export const withoutSchemas: Pick<FastifyServerOptions, 'schemaController'> = {
  schemaController: {
    compilersFactory: { buildValidator: () => refuse, buildSerializer: () => refuse },
  },
};
