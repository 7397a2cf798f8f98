import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../bench/free-port.ts';
import { errorCode } from '../src/base/error-code.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/index.ts';
import { call } from '../test/support/http-client.ts';
import { runServe } from '../test/support/running-process.ts';

/**
 * What callers lose when a server is told to stop: a hundred busy callers on kept connections, before cmu-proxy and
 * before nginx, whose graceful stop is SIGQUIT and whose quick one is SIGTERM: `node scripts/drain.ts [--rounds 5]`.
 * Exit code 1 if cmu-proxy loses more calls than nginx's graceful stop does.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });

const CALLERS = 100;
const TARGET = '/year/month?limit=3';

interface Server {
  readonly url: string;
  /** Resolves when it has ended. */
  stop(): Promise<unknown>;
}

interface Tally {
  good: number;
  lost: number;
}

/** Calls until nobody listens any more. An answer that is none, on a connection that was there, is a lost call. */
const callOn = async (url: string, tally: Tally): Promise<void> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    try {
      const { status } = await call(url, { agent });
      if (status === 200) tally.good += 1;
      else tally.lost += 1;
    } catch (error) {
      if (errorCode(error) === 'ECONNREFUSED') break;
      tally.lost += 1;
    }
    await pause(10 * Math.random());
  }
  agent.destroy();
};

const startOurs = async (sandbox: Sandbox, delayMs: number): Promise<Server> => {
  const folder = await mkdtemp(join(tmpdir(), 'cmu-proxy-drain-'));
  const serve = await runServe({
    settings: {
      LISTEN_PORT: '0',
      ADMIN_PORT: '0',
      DCR_URL: sandbox.url,
      UPSTREAM_URL: sandbox.url,
      UPSTREAM_MAX_REQUESTS_PER_SECOND: '0',
      CACHE_MAX_BYTES: '0',
      STATE_DIR: folder,
      SOFTWARE_STATEMENT: await sandbox.statement(),
      SHUTDOWN_DELAY_MS: String(delayMs),
    },
  });
  return {
    url: serve.url + TARGET,
    stop: async () => {
      await serve.kill('SIGTERM');
      await rm(folder, { recursive: true });
    },
  };
};

const startNginx = async (sandbox: Sandbox, signal: 'SIGQUIT' | 'SIGTERM'): Promise<Server> => {
  const folder = await mkdtemp(join(tmpdir(), 'nginx-drain-'));
  const port = await freePort();
  const conf = join(folder, 'nginx.conf');
  await writeFile(
    conf,
    `worker_processes 2; daemon off; pid nginx.pid; error_log stderr crit; events {}
http { access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  upstream reports { server ${new URL(sandbox.url).host}; keepalive 64; }
  server { listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / { proxy_pass http://reports; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${await sandbox.accessToken()}"; } } }
`,
  );
  const child = spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', conf], { stdio: 'inherit' });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}/cmu/v2${TARGET}`;
  while ((await call(url).catch(() => undefined))?.status !== 200) await pause(50);
  return {
    url,
    stop: async () => {
      child.kill(signal);
      await ended;
      await rm(folder, { recursive: true });
    },
  };
};

const WAYS: readonly (readonly [name: string, start: (sandbox: Sandbox) => Promise<Server>])[] = [
  ['cmu-proxy, SIGTERM', (sandbox) => startOurs(sandbox, 0)],
  ['cmu-proxy, SIGTERM, shutdown.delayMs 1000', (sandbox) => startOurs(sandbox, 1_000)],
  ['nginx, SIGQUIT', (sandbox) => startNginx(sandbox, 'SIGQUIT')],
  ['nginx, SIGTERM', (sandbox) => startNginx(sandbox, 'SIGTERM')],
];

const sandbox = await startSandbox({ throttle: false });
// As long as a call takes there is always one on its way.
sandbox.control.addLatency(20, { on: 'report' });
const tallies = WAYS.map((): Tally => ({ good: 0, lost: 0 }));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const [index, [, start]] of WAYS.entries()) {
    const tally = tallies[index] ?? { good: 0, lost: 0 };
    const server = await start(sandbox);
    const callers = Promise.all(Array.from({ length: CALLERS }, () => callOn(server.url, tally)));
    await pause(1_000);
    await Promise.all([server.stop(), callers]);
  }
}
await sandbox.close();
for (const [index, [name]] of WAYS.entries()) console.log(`${name}: ${JSON.stringify(tallies[index])}`);
const [ours = Number.NaN, delayed = Number.NaN, graceful = Number.NaN] = tallies.map(({ lost }) => lost);
const good = Math.max(ours, delayed) <= graceful;
console.log(`${good ? 'ok  ' : 'FAIL'} callers lose no more calls than to nginx's graceful stop`);
process.exit(good ? 0 : 1);
