import { mkdirSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { ConsoleFiles } from '../../src/admin/console/console-files.ts';
import { bundle } from './bundle.ts';

/**
 * All that the program needs to run, in a folder beside whose parent's `package.json` it takes its version from: the bundle, and the console's files
 * as a checkout would serve them.
 * @returns esbuild's account of the bundle
 */
export function buildProgram(root: string, dist: string): Promise<Metafile> {
  const console = new ConsoleFiles(pathToFileURL(join(root, 'src/console/')), stripTypeScriptTypes);
  for (const name of console.names()) {
    const path = join(dist, 'console', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, console.file(name)?.body ?? '');
  }
  return bundle(root, dist);
}
