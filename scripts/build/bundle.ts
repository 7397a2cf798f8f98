import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { builtins } from './builtins.ts';
import { leftOut } from './left-out.ts';

/** CommonJS packages in a bundle of ES modules. */
const REQUIRE = "const require = process.getBuiltinModule('module').createRequire(import.meta.url);";

/**
 * Bundles the programs and the sandbox's library into `dist`, all files beside each other: what `import.meta.url` says is the same wherever
 * the code of a module ends up. What is loaded on demand (tracing, Redis, YAML, each command) is a file of its own.
 * @returns esbuild's account of what went where
 * @throws {Error} when esbuild cannot, or when a package gets in that is no production dependency: licences and bill of materials would lack it
 */
export async function bundle(root: string, dist: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'src/main.ts',
      healthcheck: 'src/healthcheck.ts',
      sandbox: 'src/sandbox/index.ts',
    },
    outdir: dist,
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    plugins: [leftOut, builtins],
    banner: { js: REQUIRE },
    // Names stay, for stack traces; comments with licences are in THIRD-PARTY-NOTICES.txt.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
    legalComments: 'none',
    sourcemap: 'external',
    metafile: true,
    logLevel: 'warning',
  });
  const strangers = packagesIn(metafile).filter((path) => !isProduction(root, path));
  if (strangers.length > 0) throw new Error(`Not production dependencies: ${strangers.join(', ')}`);
  return metafile;
}

/** The packages that any code was taken from, as the lock file names them: `node_modules/a/node_modules/b`. */
export function packagesIn({ inputs }: Metafile): string[] {
  // From the first `node_modules` on: in a second work tree it is a link to another's.
  const paths = Object.keys(inputs).map(
    (path) => /node_modules\/(.*node_modules\/)?(@[^/]+\/)?[^/]+/.exec(path)?.[0],
  );
  return [...new Set(paths.filter((path) => path !== undefined))].sort();
}

function isProduction(root: string, path: string): boolean {
  const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const entry: unknown = Reflect.get(Object(Reflect.get(Object(lock), 'packages')), path);
  return typeof entry === 'object' && entry !== null && !('dev' in entry);
}
