import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest, stagePackage } from './package/stage.ts';

/** `npm run package`: makes `artifacts/cmu-proxy-VERSION.tgz`, which is what `npm publish` is given. `dist/` must be built. */

const root = join(import.meta.dirname, '..');
const folder = join(root, 'artifacts/package');
const { name, version } = readManifest(root);
const tarball = join(root, 'artifacts', `${name}-${version}.tgz`);

rmSync(tarball, { force: true });
stagePackage(root, folder);
execFileSync('npm', ['pack', '--silent', '--pack-destination', join(root, 'artifacts'), folder], {
  stdio: 'ignore',
});
process.stdout.write(`${tarball}\n`);
