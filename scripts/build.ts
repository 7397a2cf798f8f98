import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from './build/program.ts';

/**
 * `npm run build`: fills `dist/` with what the image runs. `.d.ts` files are for whoever uses the sandbox as a library, `.map` files
 * for whoever reads a stack trace.
 */

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const compiler = dirname(fileURLToPath(import.meta.resolve('typescript/package.json')));
const args = [join(compiler, 'bin/tsc'), '-p', 'tsconfig.build.json'];
// Its messages go where ours go; a mistake ends the build.
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);
await buildProgram(root, dist);
