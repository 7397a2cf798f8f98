/** What is put in the place of what, in which file. */
export const CHANGES: readonly (readonly [file: string, before: string, after: string])[] = [
  ['/src/base/secret.ts', 'this.#text = text;', 'this.#text = text; globalThis.canary.secret(text);'],
  [
    '/src/log/log.ts',
    'secrets.scrub(redactTokens(lines));',
    "globalThis.canary.output('log', secrets.scrub(redactTokens(lines)));",
  ],
  [
    '/src/proxy/listener/door.ts',
    'door.server.maxConnections = 2 * options.maxConnections;',
    "globalThis.canary.server(door.server, 'public');\n  door.server.maxConnections = 2 * options.maxConnections;",
  ],
  [
    '/src/admin/private-listener.ts',
    'const accessTo = (',
    "globalThis.canary.server(app.server, 'private');\n  const accessTo = (",
  ],
  [
    '/src/cli/check.ts',
    'const { options, stdout } = context;',
    "const { options, stdout } = { ...context, stdout: globalThis.canary.stream(context.stdout, 'check') };",
  ],
  [
    '/src/tracing/open-tracing.ts',
    'exporter: new OTLPTraceExporter()',
    'exporter: globalThis.canary.exporter(new OTLPTraceExporter())',
  ],
];
