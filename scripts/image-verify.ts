import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeBaseImages } from './image-verify/base-images.ts';
import { Buildah } from './image-verify/buildah.ts';
import { checkRunning } from './image-verify/running-checks.ts';
import { isInstalled, run } from './image-verify/shell.ts';
import { type Check, checkConfig, checkFiles, sizes } from './image-verify/static-checks.ts';

/**
 * `npm run image:verify`: builds the Dockerfile for real, on base images made on this machine, looks at what came out and runs it as
 * a container runtime would. Needs root and Debian's buildah and debootstrap; no daemon and no image registry.
 * Exit code 0 when every check holds, 1 when one does not, 2 when this machine cannot do it.
 */

const IMAGE = 'localhost/cmu-proxy:verify';
const repository = join(import.meta.dirname, '..');

async function whyNot(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it needs Linux and root';
  const programs = ['buildah', 'debootstrap', 'unshare', 'setpriv', 'chroot', 'ldd', 'tar', 'gzip'];
  const found = await Promise.all(programs.map(isInstalled));
  const missing = programs.filter((_, index) => !found[index]);
  return missing.length > 0
    ? `not installed: ${missing.join(', ')} (apt-get install buildah debootstrap)`
    : undefined;
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

async function verify(): Promise<Check[]> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const buildah = new Buildah(join(cache, 'cmu-proxy', 'image-verify'));
  const checks: Check[] = [];
  const tell = (...found: Check[]) => {
    for (const { ok, title, detail } of found)
      process.stdout.write(`${ok ? '✔' : '✖'} ${title}: ${detail}\n`);
    checks.push(...found);
  };

  process.stdout.write('making the base images (the first time: a minute)\n');
  const bases = await makeBaseImages(buildah);
  const started = performance.now();
  const git = (...args: string[]) => run('git', ['-C', repository, ...args]);
  const epoch = Number(await git('log', '-1', '--pretty=%ct'));
  const build = async (image: string) =>
    buildah.build(image, repository, epoch, {
      BASE_BUILD: bases.build,
      BASE_RUN: bases.run,
      VERSION: 'verify',
      REVISION: await git('rev-parse', 'HEAD'),
      CREATED: new Date(1000 * epoch).toISOString(),
      SOURCE: repository,
    });
  await build(IMAGE);
  tell({ title: 'builds', ok: true, detail: `in ${((performance.now() - started) / 1000).toFixed(0)} s` });
  await build(`${IMAGE}-again`);
  const [first, second] = [await buildah.digest(IMAGE), await buildah.digest(`${IMAGE}-again`)];
  tell({ title: 'is the same when it is built again', ok: first === second, detail: `${first} ${second}` });

  // What earlier runs and the stages before the last left behind.
  await buildah.run(['rmi', '--prune']);

  const config = await buildah.config(IMAGE);
  tell(...checkConfig(config));
  await buildah.withContainer(IMAGE, async (root) => {
    tell(...checkFiles(root));
    const { total, application } = sizes(root);
    const compressed = Number(await run('sh', ['-c', 'tar -C "$1" -c . | gzip -6 | wc -c', 'sh', root]));
    tell({
      title: 'is small',
      ok: application < 10 * 2 ** 20,
      detail: `${mebibytes(application)} beside Node.js; ${mebibytes(total)} with it and its libraries, ${mebibytes(compressed)} to pull`,
    });
    for await (const check of checkRunning(root, config)) tell(check);
  });
  return checks;
}

const reason = await whyNot();
if (reason === undefined) {
  const checks = await verify();
  const failed = checks.filter(({ ok }) => !ok).length;
  mkdirSync(join(repository, 'artifacts'), { recursive: true });
  writeFileSync(join(repository, 'artifacts/image-verify.json'), `${JSON.stringify(checks, null, 2)}\n`);
  process.stdout.write(`${checks.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
} else {
  process.stderr.write(`image:verify cannot run here: ${reason}\n`);
  process.exitCode = 2;
}
