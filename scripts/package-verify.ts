import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkInstalled } from './package/installed.ts';

/**
 * `npm run package:verify`: installs what `npm run package` has made into an empty folder and uses it as a stranger would.
 * Prints a line for each thing that holds; exit code 1 at the first that does not.
 */

const root = join(import.meta.dirname, '..');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'package-verify-'));
try {
  for await (const line of checkInstalled(join(root, 'artifacts', `${name}-${version}.tgz`), folder, root))
    process.stdout.write(`✔ ${line}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
