import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * `node image-warm-up.ts CACHE`, run once while the image is built, inside it: starts its sandbox and its proxy, fetches reports and stops
 * both, so that Node's compile cache holds what a start really runs. An image that cannot do that is not built at all.
 */

const [cache = '', main = '/app/dist/main.js'] = process.argv.slice(2);
const healthcheck = join(main, '../healthcheck.js');
const work = mkdtempSync(join(tmpdir(), 'warm-up-'));

function start(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, program, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: cache, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Resolves with the first line of output that matches, as what its groups caught. */
async function lineOf(child: ChildProcess, pattern: RegExp): Promise<Record<string, string>> {
  if (child.stdout !== null) {
    for await (const line of createInterface(child.stdout)) {
      const groups = pattern.exec(line)?.groups;
      if (groups !== undefined) return groups;
    }
  }
  throw new Error(`ended without a line like ${pattern}`);
}

async function stop(child: ChildProcess): Promise<void> {
  child.stdout?.resume();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await exited;
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`);
}

const statement = join(work, 'statement.txt');
const sandbox = start(main, ['sandbox', '--port', '0', '--statement-out', statement]);
const { adobe = '' } = await lineOf(sandbox, /ready: (?<adobe>http\S+)/);
const proxy = start(main, ['serve'], {
  CMU_PROXY_DCR_URL: adobe,
  CMU_PROXY_UPSTREAM_URL: adobe,
  CMU_PROXY_SOFTWARE_STATEMENT_FILE: statement,
  CMU_PROXY_STATE_DIR: join(work, 'state'),
  CMU_PROXY_LISTEN_PORT: '0',
  CMU_PROXY_ADMIN_PORT: '0',
});
const { url, admin = '' } = await lineOf(
  proxy,
  /"event":"started","url":"(?<url>[^"]+)","admin":"(?<admin>[^"]+)"/,
);
for (const path of ['/year/month', '/year/month', '/year/month/day.csv']) {
  const response = await fetch(`${url}${path}`, { headers: { connection: 'close' } });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`);
}
const check = start(healthcheck, ['/readyz'], { CMU_PROXY_ADMIN_PORT: new URL(admin).port });
const [code] = await once(check, 'exit');
if (code !== 0) throw new Error('the health check failed');
await stop(proxy);
await stop(sandbox);
rmSync(work, { recursive: true });
// Node writes for its own user only, and this is going to be root's: nobody can change what everybody runs.
for (const entry of readdirSync(cache, { recursive: true, withFileTypes: true })) {
  chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
