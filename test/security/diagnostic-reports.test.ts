import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

/** What stands before the program in the image's entry point, which no `NODE_OPTIONS` takes away. */
const entryPointFlags = async (): Promise<string[]> => {
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const entryPoint: unknown = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]');
  assert.ok(Array.isArray(entryPoint));
  return entryPoint.map(String).filter((part) => part.startsWith('--'));
};

test('a diagnostic report under the flags of the image holds neither the environment nor the network', async () => {
  const flags = await entryPointFlags();
  const program = 'const report = process.report.getReport(); process.stdout.write(JSON.stringify([report]))';
  const written = execFileSync(process.execPath, [...flags, '-e', program], {
    env: { CMU_PROXY_SOFTWARE_STATEMENT: 'canary' },
    encoding: 'utf8',
  });
  const [report] = JSON.parse(written);
  assert.ok('header' in report, 'it is a report');
  assert.equal(report.environmentVariables, undefined);
  assert.equal(report.header.networkInterfaces, undefined);
  assert.doesNotMatch(written, /canary/);
});

test('no signal opens a debugger in the image, through which its memory could be read', async () => {
  assert.ok((await entryPointFlags()).includes('--disable-sigusr1'));
});
