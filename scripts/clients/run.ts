import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { CASES, type Case, CLIENTS, type Client, CORE } from './clients.ts';
import { FRONTS, type Front } from './fronts.ts';

/** `npm run clients`: real tools, each put through what people do with reports, against the demo. */

const ROWS = 3;
/** A month that is over: its report is the same whoever asks for it anew meanwhile. */
const monthOf = (ago: number): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago)).toISOString().slice(0, 10);
};
const RANGE = `start=${monthOf(2)}&end=${monthOf(1)}&limit=${ROWS}`;
const PATHS = {
  JSON: `/year/month/day/tenant?${RANGE}`,
  CSV: `/year/month/day/tenant.csv?${RANGE}`,
  MISSING: '/year/tenant/nothing-of-the-kind',
};

/** What each case prints where all is well. CSV has a line of names. */
const EXPECTED: Readonly<Record<Case, string>> = {
  json: `200 ${ROWS}`,
  csv: `200 ${ROWS + 1}`,
  gzip: `200 ${ROWS}`,
  conditional: '304',
  head: '200',
  missing: '404',
  reuse: '200 200',
};

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    core: { type: 'boolean', default: false },
    wait: { type: 'string', default: '70' },
    install: { type: 'boolean', default: true },
    program: { type: 'string', default: join(import.meta.dirname, '../../src/main.ts') },
  },
  allowNegative: true,
});

const run = promisify(execFile);

interface Row {
  readonly name: string;
  /** By case: `ok`, `-` for what it cannot do, or what it printed instead. */
  readonly results: Readonly<Record<Case, string>>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

const until = async (url: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`${url} does not answer`);
};

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
};

interface Demo {
  readonly base: string;
  /** Where the report API itself is. */
  readonly upstream: string;
  readonly child: ChildProcess;
}

/** The demo on ports of its own; its output goes to a file beside the programs. */
const startDemo = async (): Promise<Demo> => {
  const [port, adminPort, sandboxPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const child = spawn(process.execPath, [options.program, 'demo'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      CMU_PROXY_LISTEN_PORT: String(port),
      CMU_PROXY_ADMIN_PORT: String(adminPort),
      CMU_PROXY_SANDBOX_PORT: String(sandboxPort),
    },
  });
  const base = `http://127.0.0.1:${port}/cmu/v2`;
  await until(base + PATHS.JSON);
  return { base, upstream: `http://127.0.0.1:${sandboxPort}/cmu/v2`, child };
};

const chosen = (): readonly Client[] => {
  const names = options.only?.split(',');
  if (names !== undefined) return CLIENTS.filter(({ name }) => names.includes(name));
  return options.core ? CLIENTS.filter(({ name }) => CORE.has(name)) : CLIENTS;
};

/** Installs what Debian and npm have; the programs run in `dir`, where the npm packages are. */
const prepare = (dir: string, clients: readonly Client[], fronts: readonly Front[]): void => {
  const packages = [...new Set([...clients, ...fronts].flatMap((it) => it.packages))];
  const npm = packages.filter((it) => it.startsWith('npm:')).map((it) => it.slice(4));
  const debian = packages.filter((it) => !it.startsWith('npm:'));
  writeFileSync(join(dir, 'package.json'), '{"private":true,"type":"module"}');
  copyFileSync(join(import.meta.dirname, 'programs/node.mjs'), join(dir, 'node.mjs'));
  if (!options.install) return;
  const missing = debian.filter((it) => spawnSync('dpkg', ['-s', it]).status !== 0);
  if (missing.length > 0) {
    console.error(`installing ${missing.join(' ')}`);
    spawnSync('apt-get', ['update', '-qq']);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
      stdio: 'ignore',
    });
  }
  if (npm.length > 0)
    spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...npm], { cwd: dir });
};

/** Each program once, whatever is told apart by its arguments. */
const build = async (dir: string, clients: readonly Client[]): Promise<void> => {
  for (const text of new Set(clients.map((it) => JSON.stringify(it.build ?? [])))) {
    const [command, ...args]: string[] = JSON.parse(text);
    if (command === undefined) continue;
    const env = { ...process.env, GO111MODULE: 'off', GOCACHE: join(dir, 'go') };
    await run(command, args, { cwd: dir, env }).catch((error: Error) => console.error(error.message));
  }
};

const judge = (client: Pick<Client, 'name' | 'cannot'>, output: string): Row => {
  const printed = new Map(
    output.split('\n').map((line) => {
      const [name = '', ...facts] = line.trim().split(/ +/);
      return [name, facts.join(' ')] as const;
    }),
  );
  const result = (one: Case): string => {
    if (client.cannot?.includes(one)) return '-';
    const facts = printed.get(one);
    return facts === EXPECTED[one] ? 'ok' : (facts ?? 'nothing');
  };
  return {
    name: client.name,
    results: Object.fromEntries(CASES.map((it) => [it, result(it)])) as Row['results'],
  };
};

const put = async (client: Client, dir: string, base: string, more: NodeJS.ProcessEnv = {}): Promise<Row> => {
  const [command = '', ...args] = client.command;
  const env = { ...process.env, ...PATHS, CMU: base, WAIT: options.wait, ...more };
  const cwd = dir;
  try {
    const { stdout } = await run(command, args, { cwd, env, timeout: 60_000 + 1000 * Number(options.wait) });
    return judge(client, stdout);
  } catch (error) {
    const { stdout = '', message } = error as { stdout?: string; message: string };
    console.error(`${client.name}: ${message}`);
    return judge(client, stdout);
  }
};

/** What a client that is told of no proxy but ours has to know; without a token, the report API answers nobody. */
const proxied = ({ base, upstream }: Demo): NodeJS.ProcessEnv => ({
  ...{ CMU: upstream, http_proxy: new URL(base).origin, no_proxy: '', NO_PROXY: '' },
});

/** curl, through a server in front. */
const through = async (front: Front, dir: string, base: string): Promise<Row> => {
  const { host, pathname } = new URL(base);
  const own = join(dir, front.name);
  mkdirSync(own, { mode: 0o755 });
  const port = await freePort();
  const [command = '', ...args] = front.command(own, port, host);
  const child = spawn(command, args, { cwd: own, stdio: 'ignore', env: { ...process.env, HOME: own } });
  child.on('error', (error) => console.error(`${front.name}: ${error.message}`));
  try {
    const place = `http://127.0.0.1:${port}${pathname}`;
    await until(place + PATHS.JSON);
    const [curl] = CLIENTS;
    if (curl === undefined) throw new Error('no client');
    return { ...(await put(curl, dir, place)), name: `curl, ${front.name} in front` };
  } catch (error) {
    console.error(`${front.name}: ${error instanceof Error ? error.message : error}`);
    return judge({ name: `curl, ${front.name} in front` }, '');
  } finally {
    await stop(child);
  }
};

const table = (rows: readonly Row[]): string =>
  [
    `| client | ${CASES.join(' | ')} |`,
    `|---|${CASES.map(() => '---').join('|')}|`,
    ...rows.map(({ name, results }) => `| ${name} | ${CASES.map((it) => results[it]).join(' | ')} |`),
  ].join('\n');

const dir = mkdtempSync(join(tmpdir(), 'cmu-proxy-clients-'));
const clients = chosen();
const fronts = options.only === undefined && !options.core ? FRONTS : [];
prepare(dir, clients, fronts);
await build(dir, clients);
const demo = await startDemo();
const { base, child } = demo;
const rows: Row[] = [];
try {
  // Most of the time is the wait between two calls: they wait together.
  rows.push(
    ...(await Promise.all(clients.map((client) => put(client, dir, base, client.proxied && proxied(demo))))),
  );
  rows.push(...(await Promise.all(fronts.map((front) => through(front, dir, base)))));
} finally {
  await stop(child);
  rmSync(dir, { recursive: true, force: true });
}
console.log(table(rows));
const failed = rows.filter(({ results }) => CASES.some((it) => results[it] !== 'ok' && results[it] !== '-'));
console.log(`\n${rows.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
