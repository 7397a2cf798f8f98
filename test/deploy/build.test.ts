import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Metafile } from 'esbuild';
import { bundle, packagesIn } from '../../scripts/build/bundle.ts';
import { repository } from './manifests.ts';

suite('the bundle', () => {
  let folder: string;
  let dist: string;
  let metafile: Metafile;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    dist = join(folder, 'dist');
    metafile = await bundle(repository, dist);
    cpSync(join(repository, 'package.json'), join(folder, 'package.json'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

  /** Packages whose code is loaded with a file of the bundle, be it by way of others. */
  const loadedWith = (entry: string): Set<string> => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
        if (kind === 'import-statement' && metafile.outputs[next] !== undefined) visit(next);
      }
    };
    visit(entry);
    const inputs = Object.fromEntries(
      [...reached].flatMap((path) => Object.entries(metafile.outputs[path]?.inputs ?? {})),
    );
    const paths = packagesIn({
      inputs: Object.fromEntries(Object.keys(inputs).map((path) => [path, { bytes: 0, imports: [] }])),
      outputs: {},
    });
    return new Set(
      paths.map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
    );
  };

  const outputOf = (source: string): string => {
    const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source);
    assert.ok(found !== undefined, source);
    return found[0];
  };

  test('runs without any package beside it', () => {
    assert.ok(!existsSync(join(folder, 'node_modules')));
    for (const args of [['--version'], ['serve', '--help'], ['sandbox', '--help'], ['demo', '--help']]) {
      const { status, stderr } = run(join(dist, 'main.js'), ...args);
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    }
  });

  test('has the sandbox as a library', () => {
    const source = `import { startSandbox } from './dist/sandbox.js'; console.log(typeof startSandbox)`;
    assert.equal(run('--input-type=module', '--eval', source).stdout, 'function\n');
  });

  test('loads for a start what every start uses, and no more', () => {
    const loaded = loadedWith(outputOf('src/cli/serve.ts'));
    for (const name of ['fastify', 'undici']) assert.ok(loaded.has(name), [...loaded].join(' '));
    for (const name of ['ajv', 'ioredis', 'yaml', '@opentelemetry/sdk-trace']) {
      assert.ok(!loaded.has(name), name);
    }
  });

  test('has the names of what is imported on demand: of CommonJS packages a bundler knows none', () => {
    const onDemand = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
    assert.ok(onDemand.length > 10);
    assert.deepEqual(
      onDemand.filter((path) => metafile.inputs[path]?.format === 'cjs'),
      [],
    );
  });

  test('does not load Node’s own fetch and HTTP/2 along with `node:http`', () => {
    const source = `await import('./dist/${basename(outputOf('src/cli/serve.ts'))}');
      console.log(process.moduleLoadList.filter((it) => /internal.*undici|http2/.test(it)).join())`;
    const { stdout, stderr } = run('--input-type=module', '--eval', source);
    assert.equal(stdout, '\n', stderr);
  });

  test('takes code from production dependencies alone', () => {
    const paths = packagesIn(metafile);
    assert.ok(paths.length > 20);
    assert.ok(!paths.some((path) => path.includes('@types/')));
    assert.deepEqual(
      packagesIn({
        inputs: { '../m/node_modules/a/node_modules/@b/c/d.js': { bytes: 1, imports: [] } },
        outputs: {},
      }),
      ['node_modules/a/node_modules/@b/c'],
    );
  });
});
