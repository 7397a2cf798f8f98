import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { publishedManifest, readManifest } from '../../scripts/package/stage.ts';
import { at, repository } from './manifests.ts';

const manifest = readManifest(repository);

/** The launcher in a package that says which Node.js it needs, and whose program prints `started`. */
function launch(t: TestContext, engines: string): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'launcher-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['bin', 'dist']) mkdirSync(join(folder, name));
  cpSync(join(repository, 'bin/cmu-proxy.js'), join(folder, 'bin/cmu-proxy.js'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', engines: { node: engines } }));
  writeFileSync(join(folder, 'dist/main.js'), `console.log('started');`);
  return spawnSync(process.execPath, [join(folder, 'bin/cmu-proxy.js')], { encoding: 'utf8' });
}

suite('the launcher of the package', () => {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number);
  const fitting = [
    `^${major}.${minor}.${patch}`,
    `^${major}.0.999`,
    `^22.99.0 || >=${major}.${minor}.0`,
    `>=${major - 1}.99.99`,
    manifest.engines['node'] ?? '',
  ];
  for (const engines of fitting)
    test(`starts the program where ${engines} is wanted`, (t) =>
      assert.equal(launch(t, engines).stdout, 'started\n'));

  const others = [
    `^${major - 1}.0.0`,
    `^${major + 1}.0.0`,
    `^${major}.${minor}.${patch + 1}`,
    `>=${major}.${minor + 1}.0`,
    `^22.0.0 || >=${major + 1}.0.0`,
  ];
  for (const engines of others)
    test(`says what is needed where ${engines} is wanted`, (t) => {
      const { status, stdout, stderr } = launch(t, engines);
      assert.deepEqual([status, stdout], [2, '']);
      assert.ok(
        stderr.startsWith(`cmu-proxy needs Node.js ${engines}; this is ${process.versions.node}.`),
        stderr,
      );
      assert.match(stderr, /^ {2}npx .* cmu-proxy demo$/m);
    });
});

suite('the manifest on npm', () => {
  test('depends on nothing and runs nothing when it is installed: the bundle is all', () => {
    const keys = Object.keys(publishedManifest(manifest));
    for (const key of ['dependencies', 'devDependencies', 'scripts', 'private', 'allowScripts'])
      assert.ok(!keys.includes(key), key);
  });

  test('derives every address from one, that of the repository', () => {
    const published = publishedManifest({ ...manifest, repository: 'github:an-owner/a-name' });
    assert.deepEqual(at(published, 'repository'), {
      type: 'git',
      url: 'git+https://github.com/an-owner/a-name.git',
    });
    assert.equal(at(published, 'homepage'), 'https://github.com/an-owner/a-name#readme');
    assert.equal(at(published, 'bugs'), 'https://github.com/an-owner/a-name/issues');
  });
});

test('npm hands SIGTERM on to the program: a supervisor that stops `npm run demo` leaves nothing behind', async () => {
  const npm = spawn('npm', ['run', '--silent', 'demo'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of npm.stdout) {
    output += chunk;
    if (!output.includes('Ctrl-C')) continue;
    npm.kill('SIGTERM');
    break;
  }
  const [code] = await once(npm, 'exit');
  assert.equal(code, 0);
  const [, proxy = ''] = /(http:\/\/127\.0\.0\.1:\d+)\/cmu\/v2/.exec(output) ?? [];
  await assert.rejects(fetch(proxy), 'nobody listens any more');
});
