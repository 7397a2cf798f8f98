import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { consoleFiles } from '../../src/admin/console.ts';
import { bundle } from './bundle.ts';

/**
 * All that the program needs to run, in a folder beside whose parent's `package.json` it takes its version from: the bundle, and the console's files
 * as a checkout would serve them.
 * @returns esbuild's account of the bundle
 */
export function buildProgram(root: string, dist: string): Promise<Metafile> {
  for (const [name, read] of consoleFiles(pathToFileURL(join(root, 'src/console/')), true)) {
    const path = join(dist, 'console', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, read());
  }
  return bundle(root, dist);
}
