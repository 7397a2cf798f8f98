import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Node's own modules by way of `process.getBuiltinModule`. An `import` of one also reads every property that it has, which for `node:http` loads
 * all of Node's fetch, WebSocket and HTTP/2: 11 MiB and 15 ms that this program has no use for.
 */
export const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      return { path, namespace: kind === 'require-call' ? 'required' : 'imported', sideEffects: false };
    });
    build.onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
    build.onLoad({ filter: /./, namespace: 'imported' }, ({ path }) => ({ contents: importable(path) }));
  },
};

/** A module with the properties of a builtin as exports. What nobody imports is dropped, and never read. */
function importable(path: string): string {
  const module: object = process.getBuiltinModule(path) ?? {};
  const names = Object.getOwnPropertyNames(module).filter(
    (name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default',
  );
  return [
    `const module = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(path)});`,
    'const property = (name) => module[name];',
    ...names.map((name) => `const $${name} = /* @__PURE__ */ property(${JSON.stringify(name)});`),
    `export { ${names.map((name) => `$${name} as ${name}`).join(', ')} };`,
    'export default module;',
  ].join('\n');
}
