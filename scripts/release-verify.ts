import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { readManifest } from './package/stage.ts';
import { runSteps, type Step } from './release/steps.ts';

/**
 * `npm run release:verify`: everything that is shipped, from a clean clone of HEAD, with the Node.js that this machine has
 * for npm. Needs root and Debian's buildah, debootstrap, strace, kubernetes-client, prometheus, chromium, redis-server.
 * Ends with a table; exit code 1 if a step failed.
 */

const root = join(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'release-verify-'));
const clone = join(work, 'clone');
const { name, version } = readManifest(root);
const tarball = join(clone, 'artifacts', `${name}-${version}.tgz`);

// npm puts the checkout's own Node.js before the machine's: a stranger has only the latter.
const PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);
const env = { PATH };
const step = (title: string, ...command: Step['command']): Step => ({
  name: title,
  command,
  env,
  cwd: clone,
});

const overlays = readdirSync(join(root, 'config/kubernetes/overlays'));
const STEPS: readonly Step[] = [
  { ...step('clone', 'git', 'clone', '--quiet', '--no-hardlinks', root, clone), cwd: root },
  step('npm ci', 'npm', 'ci', '--no-audit', '--no-fund'),
  step('npm run demo', 'node_modules/.bin/node', 'scripts/release/try-demo.ts'),
  step('npm test', 'npm', 'test'),
  step('npm run build', 'npm', 'run', 'build'),
  step('npm run package', 'npm', 'run', 'package'),
  step('npm run package:verify', 'npm', 'run', 'package:verify'),
  {
    ...step(
      'npx, of the tarball',
      'npx',
      '--yes',
      '--package=node@24',
      `--package=${tarball}`,
      name,
      '--version',
    ),
    cwd: work,
  },
  step('npm run image:verify', 'npm', 'run', 'image:verify'),
  ...overlays.map((overlay) =>
    step(
      `kustomize ${overlay}`,
      'kubectl',
      'kustomize',
      `config/kubernetes/overlays/${overlay}`,
      '--output',
      work,
    ),
  ),
];

process.stdout.write(`Node.js for npm: ${execFileSync('node', ['--version'], { env, encoding: 'utf8' })}`);
const isGood = await runSteps(STEPS, root);
rmSync(work, { recursive: true, force: true });
process.exitCode = isGood ? 0 : 1;
