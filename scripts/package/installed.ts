import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startProgram } from './program.ts';

/** What `npx cmu-proxy` starts, without npx between: signals are to reach the program itself. */
const PROGRAM = 'node_modules/.bin/cmu-proxy';

const run = promisify(execFile);
const REPORT = '/year/month?limit=2';

/** A consumer of the sandbox, in the strictest TypeScript. */
const CONSUMER = `
import { type Sandbox, startSandbox } from 'cmu-proxy/sandbox';
const sandbox: Sandbox = await startSandbox({ tokenLifetime: 60 });
const answer = await fetch(new URL('/_sandbox/token', sandbox.url));
console.log(answer.status);
await sandbox.close();
`;

/**
 * Installs a tarball into an empty folder, and uses it with this very Node.js: yields what holds.
 * @throws {Error} at the first thing that does not
 */
export async function* checkInstalled(tarball: string, folder: string, root: string): AsyncGenerator<string> {
  // The folder of this Node.js first: `npx` and `#!/usr/bin/env node` take what they find.
  const env = { PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`, HOME: folder };
  const options = { cwd: folder, env: { ...process.env, ...env } };
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball], options);
  const packages = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  assert.deepEqual(packages, ['cmu-proxy']);
  yield 'the tarball installs, and brings no other package';

  const installed = join(folder, 'node_modules/cmu-proxy');
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.equal(
    (await run('npx', ['--no-install', 'cmu-proxy', '--version'], options)).stdout.trim(),
    version,
  );
  yield `npx cmu-proxy --version: ${version}`;

  yield await useDemo([PROGRAM, 'demo'], folder, env);
  yield await useServe(folder, env);
  yield await useLeastNode(folder, installed, env);

  writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
  assert.equal((await run(process.execPath, ['consumer.ts'], options)).stdout, '200\n');
  cpSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'), { recursive: true });
  cpSync(join(root, 'node_modules/undici-types'), join(folder, 'node_modules/undici-types'), {
    recursive: true,
  });
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--module', 'nodenext'];
  await run(process.execPath, [...tsc, '--types', 'node', 'consumer.ts'], options);
  yield 'the sandbox can be imported, and its types are understood';

  yield await refuseOldNode(installed);
}

/** Follows what the demo tells people to do. @throws {Error} when it does not work */
export async function useDemo(
  command: readonly [program: string, ...args: string[]],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  await using demo = startProgram(command, cwd, env);
  const [url = ''] = await demo.waitFor(/http:\/\/127\.0\.0\.1:\d+\/cmu\/v2[^'\s]*/);
  const answer = await fetch(url);
  assert.equal(answer.status, 200, await answer.text());
  assert.equal(await demo.stop(), 0);
  return 'demo answers the report that it names, and ends with 0 when told';
}

async function useServe(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const statement = join(cwd, 'statement.txt');
  await using sandbox = startProgram([PROGRAM, 'sandbox', '--statement-out', statement], cwd, {
    ...env,
    CMU_PROXY_SANDBOX_PORT: '0',
  });
  const [adobe = ''] = await sandbox.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  const settings = {
    ...env,
    CMU_PROXY_DCR_URL: adobe,
    CMU_PROXY_UPSTREAM_URL: adobe,
    CMU_PROXY_SOFTWARE_STATEMENT_FILE: statement,
    CMU_PROXY_STATE_DIR: join(cwd, 'state'),
    CMU_PROXY_LISTEN_PORT: '0',
    CMU_PROXY_ADMIN_PORT: '0',
  };
  await using serve = startProgram([PROGRAM, 'serve'], cwd, settings);
  const [line = ''] = await serve.waitFor(/^\{.*"event":"started".*\}$/m);
  const answer = await fetch(JSON.parse(line).url + REPORT);
  assert.equal(answer.status, 200, await answer.text());
  await using check = startProgram([PROGRAM, 'check'], cwd, settings);
  assert.equal(await check.exited, 0, check.output());
  assert.equal(await serve.stop(), 0);
  return 'sandbox, serve and check work together, and serve ends with 0 when told';
}

/** The first of `engines`: nothing may be used that it does not have yet. */
async function useLeastNode(folder: string, installed: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { engines } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const [, least = ''] = /^\^([\d.]+)/.exec(engines.node) ?? [];
  const options = { cwd: folder, env: { ...process.env, ...env } };
  // Its script brings the binary.
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', 'least', `node@${least}`],
    options,
  );
  const older = { ...env, PATH: `${join(folder, 'least/node_modules/.bin')}:${env['PATH']}` };
  assert.equal((await run('node', ['--version'], { env: older })).stdout.trim(), `v${least}`);
  await useDemo([PROGRAM, 'demo'], folder, older);
  await useServe(folder, older);
  return `demo, sandbox, serve and check work on Node.js ${least} as well`;
}

/** The Node.js that the machine has, where it is too old for the program; else nothing is shown. */
async function refuseOldNode(installed: string): Promise<string> {
  const node = '/usr/bin/node';
  const told = await run(node, [join(installed, 'bin/cmu-proxy.js'), '--version']).catch((error) => error);
  if (told.code === 'ENOENT' || told.code === undefined) return `NOT CHECKED: no old Node.js at ${node}`;
  assert.equal(told.code, 2);
  assert.match(told.stderr, /^cmu-proxy needs Node\.js .*; this is \d+\.\d+\.\d+\..*\n {2}npx /);
  return `an old Node.js is told what is missing: ${told.stderr.split('.\u0020')[0].split(' npm')[0]}`;
}
