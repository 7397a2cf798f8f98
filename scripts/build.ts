import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIBRARIES } from '../src/admin/console-files.ts';
import { bundle } from './build/bundle.ts';

/**
 * `npm run build`: fills `dist/` with what the image runs. The programs are bundles, because loading some 500 modules one by one is most of a start
 * (docs/decisions/005); `.d.ts` files are for whoever uses the sandbox as a library, `.map` files for whoever reads a stack trace.
 */

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Runs the compiler. Its messages go where ours go; a mistake ends the build. */
function compile(project: string): void {
  const compiler = fileURLToPath(import.meta.resolve('typescript/package.json'));
  const args = [join(dirname(compiler), 'bin/tsc'), '-p', project];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

rmSync(dist, { recursive: true, force: true });
compile('tsconfig.build.json');
compile('src/admin/console/tsconfig.build.json');
for (const name of globSync('*.{html,css,svg}', { cwd: join(root, 'src/admin/console') })) {
  cpSync(join(root, 'src/admin/console', name), join(dist, 'console', name));
}
for (const [name, specifier] of Object.entries(LIBRARIES)) {
  mkdirSync(join(dist, 'console', dirname(name)), { recursive: true });
  cpSync(fileURLToPath(import.meta.resolve(specifier)), join(dist, 'console', name));
}
await bundle(root, dist);
