import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { checkConfig } from '../../scripts/image-verify/static-checks.ts';
import { fileCalls } from '../../scripts/image-verify/trace.ts';
import { loadConfig } from '../../src/config/loading/load.ts';
import { repository } from './manifests.ts';

// `npm run image:verify` builds and runs the image; what can be known without that is checked here.

const lines = readFileSync(join(repository, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n');
const instructions = lines
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => line.replaceAll(/\s+/g, ' '));
const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
const ignored = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n');

suite('the Dockerfile', () => {
  test('takes both bases as arguments', () => {
    const arguments_ = instructions.filter((line) => line.startsWith('ARG BASE_'));
    assert.deepEqual(
      arguments_.map((line) => line.split('=')[0]),
      ['ARG BASE_BUILD', 'ARG BASE_RUN'],
    );
    const froms = instructions.filter((line) => line.startsWith('FROM '));
    for (const from of froms)
      assert.match(from, /^FROM (--platform=\$BUILDPLATFORM \$\{BASE_BUILD\} AS \w+|\$\{BASE_RUN\})$/);
  });

  test('copies only what is there, and what the builder is given', () => {
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    assert.ok(copied.length > 4);
    for (const path of copied) {
      const name = path.replace(/^\.\//, '');
      assert.ok(existsSync(join(repository, name)), `${name} is there`);
      assert.ok(ignored.includes(`!${name}`), `.dockerignore lets ${name} through`);
    }
  });

  test('gives the builder nothing that it does not name', () => {
    assert.equal(ignored.filter((line) => line !== '' && !line.startsWith('#'))[0], '*');
  });

  test('runs no install script of any package', () => {
    const installs = instructions.filter((line) => line.includes('npm ci'));
    assert.equal(installs.length, 2);
    for (const install of installs) assert.match(install, /--ignore-scripts/);
  });

  test('runs nothing in the image while it is built, and needs no shell in it after that', () => {
    assert.ok(!lastStage.some((line) => line.startsWith('RUN ')));
    const forms = lastStage.filter((line) => /^(CMD|ENTRYPOINT|HEALTHCHECK) /.test(line));
    assert.equal(forms.length, 3);
    for (const form of forms) assert.match(form, /\["/);
  });

  test('has an environment that the program understands', async () => {
    const env = Object.fromEntries(
      lastStage
        .filter((line) => line.startsWith('ENV '))
        .flatMap((line) => line.slice(4).split(' '))
        .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
    const loaded = await loadConfig({ env, readFile: async () => '' });
    assert.ok('config' in loaded, JSON.stringify(loaded));
    assert.equal(loaded.config.state.dir, '/var/lib/cmu-proxy');
  });
});

suite('the judge of an image', () => {
  const good = {
    User: '65532:65532',
    Env: ['PATH=/nodejs/bin', 'NODE_ENV=production', 'CMU_PROXY_STATE_DIR=/var/lib/cmu-proxy'],
    Entrypoint: ['node', '/app/dist/main.js'],
    Cmd: ['serve'],
    Volumes: { '/var/lib/cmu-proxy': {} },
    Healthcheck: { Test: ['CMD', 'node', '/app/dist/healthcheck.js'] },
    Labels: Object.fromEntries(
      ['title', 'description', 'licenses', 'version', 'revision', 'source', 'created'].map((name) => [
        `org.opencontainers.image.${name}`,
        'x',
      ]),
    ),
  };
  const failures = (config: Parameters<typeof checkConfig>[0]) =>
    checkConfig(config)
      .filter(({ ok }) => !ok)
      .map(({ title }) => title);

  test('has nothing against a good one', () => assert.deepEqual(failures(good), []));

  const table: [change: object, failure: string][] = [
    [{ User: 'node' }, 'runs as a numeric user that is not root'],
    [{ User: '0:0' }, 'runs as a numeric user that is not root'],
    [{ Entrypoint: ['/bin/sh', '-c', 'node /app/dist/main.js'] }, 'starts node itself, without a shell'],
    [
      { Healthcheck: { Test: ['CMD-SHELL', 'curl localhost'] } },
      'checks its health with node, not with curl or a shell',
    ],
    [{ Env: [] }, 'is a production environment that keeps its state on the volume'],
    [{ Volumes: { '/var/lib/cmu-proxy': {}, '/tmp': {} } }, 'has one volume'],
    [{ Labels: {} }, 'has the OCI labels'],
  ];
  for (const [change, failure] of table) {
    test(`finds ${JSON.stringify(change)}`, () =>
      assert.deepEqual(failures({ ...good, ...change }), [failure]));
  }
});

suite('the reader of traces', () => {
  const calls = (...trace: string[]) =>
    fileCalls(['7 execve("/nodejs/bin/node", ["node"], 0x7f) = 0', ...trace].join('\n')).map(
      ({ path, writes }) => `${writes ? 'w' : 'r'} ${path}`,
    );

  const table: [call: string, expected: string][] = [
    ['openat(AT_FDCWD, "/app/x.js", O_RDONLY|O_CLOEXEC) = 3', 'r /app/x.js'],
    ['openat(AT_FDCWD, "/app/x.js", O_RDWR|O_CREAT, 0600) = -1 EROFS (Read-only file system)', 'w /app/x.js'],
    ['open("/x", O_WRONLY) = 3', 'w /x'],
    ['statx(AT_FDCWD, "/x", 0, 0) = 0', 'r /x'],
    ['rename("/a", "/b") = 0', 'w /a'],
    ['unlinkat(AT_FDCWD, "/a", 0) = 0', 'w /a'],
    ['mkdir("/a", 0777) = 0', 'w /a'],
    ['mkdir("/a", 0777) = -1 EEXIST (File exists)', 'r /a'],
    ['chmod("/a", 0600) = 0', 'w /a'],
    ['readlink("/proc/self/exe", "", 1) = 1', 'r /proc/self/exe'],
  ];
  for (const [call, expected] of table) {
    test(`takes ${call} for "${expected}"`, () => assert.deepEqual(calls(`7 ${call}`), [expected]));
  }

  test('leaves out what came before node', () => {
    const trace = [
      '1 mkdir("/x", 0) = 0',
      '1 execve("/nodejs/bin/node", ["node"], 0x7f) = 0',
      '1 mkdir("/y", 0) = 0',
    ];
    assert.deepEqual(
      fileCalls(trace.join('\n')).map(({ path }) => path),
      ['/y'],
    );
  });
});
