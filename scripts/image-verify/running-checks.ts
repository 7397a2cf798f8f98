import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageConfig } from './buildah.ts';
import { Container, type ContainerOptions, runInside } from './container.ts';
import { isInstalled } from './shell.ts';
import type { Check } from './static-checks.ts';
import { type FileCall, fileCalls } from './trace.ts';

const STATE = '/var/lib/cmu-proxy';
const STATEMENT = '/run/secrets/cmu-proxy';
const USER = 65_532;
const REPORT = '/cmu/v2/year/month/day/tenant?limit=3';
const STARTS = 5;

/**
 * Runs the image as a container runtime would, against the sandbox that is in it, and yields what was seen. Everything that it
 * starts is ended before it returns.
 */
export async function* checkRunning(root: string, config: ImageConfig): AsyncGenerator<Check> {
  const work = mkdtempSync(join(tmpdir(), 'image-verify-'));
  const world = new World(root, config, work, await freePorts(3));
  try {
    yield* checkGuards(world);
    await world.startSandbox();
    yield* checkFirstStart(world);
    yield* checkSecondStart(world);
    yield* checkVolumes(world);
    yield await checkMisconfiguration(world);
    yield* checkStartTimes(world);
    yield await checkWrites(world);
  } finally {
    await world.end();
    rmSync(work, { recursive: true });
  }
}

interface Started {
  readonly proxy: Container;
  /** From exec to a 200 of `/readyz`. */
  readonly readyMs: number;
  readonly cpuMs: number;
}

/** The image, its sandbox, and folders of this machine that stand for volumes. */
class World {
  readonly ports: { readonly sandbox: number; readonly listen: number; readonly admin: number };
  readonly statement: string;
  readonly work: string;
  readonly #root: string;
  readonly #config: ImageConfig;
  readonly #running = new Set<Container>();

  constructor(
    root: string,
    config: ImageConfig,
    work: string,
    [sandbox = 0, listen = 0, admin = 0]: number[],
  ) {
    this.#root = root;
    this.#config = config;
    this.work = work;
    this.ports = { sandbox, listen, admin };
    this.statement = this.volume('statement');
  }

  /** A new volume, as a container runtime makes it from the image's own folder. */
  volume(name: string, mode = 0o700, owner = USER): string {
    const folder = join(this.work, name);
    mkdirSync(folder, { recursive: true });
    chownSync(folder, owner, USER);
    chmodSync(folder, mode);
    return folder;
  }

  options(
    args: readonly string[],
    volumes: Record<string, string>,
    env: Record<string, string> = {},
  ): ContainerOptions {
    const own = (this.#config.Env ?? []).map((entry) => entry.split(/=(.*)/s, 2));
    return { root: this.#root, args, volumes, env: { ...Object.fromEntries(own), ...env } };
  }

  start(options: ContainerOptions): Container {
    const container = new Container(options);
    this.#running.add(container);
    void container.exited.finally(() => this.#running.delete(container));
    return container;
  }

  async startSandbox(): Promise<void> {
    const { Entrypoint = [] } = this.#config;
    const args = [
      'sandbox',
      '--port',
      String(this.ports.sandbox),
      '--throttle',
      'off',
      '--statement-out',
      `${STATE}/statement.txt`,
    ];
    const sandbox = this.start(this.options([...Entrypoint, ...args], { [STATE]: this.statement }));
    const ready = () => existsSync(join(this.statement, 'statement.txt'));
    await until('the sandbox to start', ready, sandbox);
  }

  proxy(state: string, env: Record<string, string> = {}): ContainerOptions {
    const { Entrypoint = [], Cmd = [] } = this.#config;
    const url = `http://127.0.0.1:${this.ports.sandbox}`;
    const volumes = { [STATE]: state, [STATEMENT]: this.statement };
    return this.options([...Entrypoint, ...Cmd], volumes, {
      CMU_PROXY_SOFTWARE_STATEMENT_FILE: `${STATEMENT}/statement.txt`,
      CMU_PROXY_DCR_URL: url,
      CMU_PROXY_UPSTREAM_URL: url,
      CMU_PROXY_LISTEN_PORT: String(this.ports.listen),
      CMU_PROXY_ADMIN_PORT: String(this.ports.admin),
      ...env,
    });
  }

  /** Starts the proxy and waits until it is ready; tells how long that took by the clock and by the processor. */
  async startProxy(options: ContainerOptions): Promise<Started> {
    const started = performance.now();
    const proxy = this.start(options);
    await until('the proxy to be ready', () => isOk(`http://127.0.0.1:${this.ports.admin}/readyz`), proxy);
    return { proxy, readyMs: performance.now() - started, cpuMs: proxy.cpuMs };
  }

  fetchReport(query = ''): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.ports.listen}${REPORT}${query}`);
  }

  /** Asks something of the sandbox. */
  sandbox(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.ports.sandbox}/_sandbox/${path}`, init);
  }

  async registrations(): Promise<number> {
    const requests: unknown = await (await this.sandbox('requests?kind=register')).json();
    return Array.isArray(requests) ? requests.length : Number.NaN;
  }

  async end(): Promise<void> {
    for (const container of this.#running) await container.kill();
  }
}

/** What the entry point's flags are for, asked of the very node and flags. */
async function* checkGuards(world: World): AsyncGenerator<Check> {
  const { args, env } = world.proxy(world.volume('guards'));
  const flags = args.filter((word) => word.startsWith('--'));
  const ask = (source: string) =>
    runInside(
      world.options(
        ['node', ...flags, '--eval', source],
        {},
        { ...env, CMU_PROXY_SOFTWARE_STATEMENT: 'canary' },
      ),
    );

  const report = await ask('process.stdout.write(JSON.stringify(process.report.getReport()))');
  yield {
    title: 'leaves the environment and the network out of diagnostic reports',
    ok:
      report.code === 0 && !report.stdout.includes('canary') && !report.stdout.includes('networkInterfaces'),
    detail: `${report.stdout.length} characters`,
  };
  const off = await ask(`const { report } = process; process.stdout.write(JSON.stringify([
    report.reportOnFatalError, report.reportOnSignal, report.reportOnUncaughtException]))`);
  yield {
    title: 'writes no report by itself',
    ok: off.stdout === '[false,false,false]',
    detail: off.stdout,
  };
  const prototype = await ask('process.stdout.write(String("__proto__" in {}))');
  yield { title: 'has no __proto__', ok: prototype.stdout === 'false', detail: prototype.stdout };
  const write = await ask(
    `try { fs.writeFileSync('/app/x', '') } catch (error) { process.stdout.write(error.code) }`,
  );
  yield { title: 'cannot write to its root', ok: /EROFS|EACCES/.test(write.stdout), detail: write.stdout };
}

async function* checkFirstStart(world: World): AsyncGenerator<Check> {
  const { proxy, readyMs } = await world.startProxy(world.proxy(world.volume('state')));
  yield {
    title: 'starts',
    ok: true,
    detail: `ready after ${readyMs.toFixed(0)} ms, registration and token included`,
  };
  const pid = proxy.status('NSpid')?.split(/\s+/).at(-1);
  yield { title: 'is PID 1 of its container', ok: pid === '1', detail: `PID ${pid}` };
  const ids = [
    ...new Set([proxy.status('Uid'), proxy.status('Gid')].flatMap((line) => line?.split(/\s+/) ?? [])),
  ];
  const powers = ['CapEff', 'CapPrm', 'CapInh', 'CapAmb'].map((set) => proxy.status(set));
  yield {
    title: 'runs as that user, without a capability',
    ok:
      ids.join() === String(USER) &&
      powers.every((set) => /^0+$/.test(set ?? '')) &&
      proxy.status('Groups') === '',
    detail: `user and group ${ids.join(', ')}, CapEff ${powers[0]}`,
  };

  const response = await world.fetchReport();
  const body = await response.text();
  yield {
    title: 'answers a report',
    ok: response.status === 200 && body.includes('"report":['),
    detail: `${response.status}, ${body.length} characters`,
  };
  const { resident, own } = proxy.memory;
  yield {
    title: 'takes little memory',
    ok: own < 96 * 2 ** 20,
    detail: `after its first report ${mebibytes(own)} of its own, ${mebibytes(resident)} with the mapped parts of node's binary`,
  };
  const console_ = ['console/', 'console/main.js', 'console/lib/preact.js', 'console/lib/uplot.js'];
  const answers = await Promise.all(
    console_.map((path) => fetch(`http://127.0.0.1:${world.ports.admin}/${path}`)),
  );
  yield {
    title: 'serves its console',
    ok: answers.every(({ ok }) => ok),
    detail: answers.map(({ status }, index) => `/${console_[index]} ${status}`).join(', '),
  };
  const probe = (path: string) =>
    runInside({
      ...world.proxy(world.volume(`probe${path.replace('/', '-')}`)),
      args: ['node', '/app/dist/healthcheck.js', path],
    });
  const [live, ready] = [await probe('/livez'), await probe('/readyz')];
  yield {
    title: 'is healthy by its own health check',
    ok: live.code === 0 && ready.code === 0,
    detail: `${live.stdout.trim()}, ${ready.stdout.trim()}`,
  };

  await world.sandbox('faults', {
    method: 'POST',
    body: JSON.stringify({ kind: 'latency', ms: 400, on: 'report' }),
    headers: { 'content-type': 'application/json' },
  });
  const inFlight = world
    .fetchReport('&start=2025')
    .then(async (answer) => `${answer.status}, ${(await answer.text()).length} characters`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = performance.now();
  proxy.signal('SIGTERM');
  const [answered, code] = await Promise.all([inFlight.catch(String), proxy.exited]);
  const tookMs = performance.now() - stopped;
  await world.sandbox('faults', { method: 'DELETE' });
  yield { title: 'finishes what is in flight at SIGTERM', ok: answered.startsWith('200'), detail: answered };
  yield {
    title: 'stops with 0, as soon as that is done',
    ok: code === 0 && tookMs < 3_000,
    detail: `exit code ${code} after ${tookMs.toFixed(0)} ms`,
  };
  const after = await probe('/livez');
  yield { title: 'is unhealthy when it is gone', ok: after.code === 1, detail: after.stdout.trim() };
}

async function* checkSecondStart(world: World): AsyncGenerator<Check> {
  const before = await world.registrations();
  const { proxy, readyMs } = await world.startProxy(world.proxy(join(world.work, 'state')));
  const registered = (await world.registrations()) - before;
  yield {
    title: 'does not register again with the same volume',
    ok: registered === 0,
    detail: `${registered} registrations, ready after ${readyMs.toFixed(0)} ms`,
  };
  const healthy = await isOk(`http://127.0.0.1:${world.ports.admin}/livez`);
  proxy.signal('SIGINT');
  yield { title: 'stops on SIGINT too', ok: healthy && (await proxy.exited) === 0, detail: 'exit code 0' };
}

/** Volumes as Kubernetes makes them: the folder is root's, and what lets the user in is its mode or its group. */
async function* checkVolumes(world: World): AsyncGenerator<Check> {
  const kinds = [
    { kind: 'emptyDir', mode: 0o777 },
    { kind: 'emptyDir under fsGroup', mode: 0o2770 },
  ];
  for (const { kind, mode } of kinds) {
    const state = world.volume(kind.replaceAll(' ', '-'), mode, 0);
    const { proxy } = await world.startProxy(world.proxy(state));
    proxy.signal('SIGTERM');
    await proxy.exited;
    const kept = existsSync(join(state, 'default.json'));
    yield {
      title: `keeps its state on an ${kind}`,
      ok: kept && !/in-memory/.test(proxy.output),
      detail: mode.toString(8),
    };
  }
}

async function checkMisconfiguration(world: World): Promise<Check> {
  const wrong = await runInside(world.proxy(world.volume('wrong'), { CMU_PROXY_LISTEN_PORT: 'http' }));
  return {
    title: 'says what is wrong with its configuration, and ends with 2',
    ok: wrong.code === 2 && `${wrong.stdout}${wrong.stderr}`.includes('CMU_PROXY_LISTEN_PORT'),
    detail: wrong.stderr.trim().split('\n').at(-1) ?? '',
  };
}

async function* checkStartTimes(world: World): AsyncGenerator<Check> {
  const series: Record<'cold' | 'warm', Started[]> = { cold: [], warm: [] };
  for (let round = 0; round < STARTS; round++) {
    const state = world.volume(`start-${round}`);
    for (const kind of ['cold', 'warm'] as const) {
      const started = await world.startProxy(world.proxy(state));
      series[kind].push(started);
      started.proxy.signal('SIGTERM');
      await started.proxy.exited;
    }
  }
  const told = (kind: keyof typeof series) => {
    const ready = median(series[kind].map(({ readyMs }) => readyMs));
    const cpu = median(series[kind].map(({ cpuMs }) => cpuMs));
    return `${ready.toFixed(0)} ms (${cpu.toFixed(0)} ms of CPU)`;
  };
  yield {
    title: 'starts quickly',
    // The processor's time, as other work on this machine does not change it.
    ok: median(series.warm.map(({ cpuMs }) => cpuMs)) < 1_000,
    detail: `ready, median of ${STARTS}: ${told('warm')} after exec with stored state, ${told('cold')} with none`,
  };
}

/** Watches every system call that names a file, from exec to exit. */
async function checkWrites(world: World): Promise<Check> {
  const title = 'does not even try to write outside its volume';
  if (!(await isInstalled('strace')))
    return { title: `${title}: NOT CHECKED`, ok: true, detail: 'strace is not installed' };
  const traceTo = join(world.work, 'trace');
  const { proxy } = await world.startProxy({ ...world.proxy(world.volume('traced')), traceTo });
  await (await world.fetchReport('&traced')).text();
  // strace is the first process there, and hands the signal on.
  proxy.signalLast('SIGTERM');
  const code = await proxy.exited;
  const calls = fileCalls(readFileSync(traceTo, 'utf8'));
  const elsewhere = calls.filter(
    (call: FileCall) =>
      call.writes && !call.path.startsWith(`${STATE}/`) && call.path !== STATE && call.path !== '/dev/null',
  );
  const shown = elsewhere.slice(0, 5).map(({ line }) => line);
  return {
    title,
    ok: elsewhere.length === 0 && calls.some(({ writes }) => writes) && code === 0,
    detail:
      shown.join(' | ') ||
      `${calls.length} file calls, ${calls.filter(({ writes }) => writes).length} writing, all in ${STATE}`,
  };
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  container: Container,
): Promise<void> {
  const deadline = performance.now() + 30_000;
  let gone = false;
  void container.exited.then(() => {
    gone = true;
  });
  while (!(await condition())) {
    if (gone || performance.now() > deadline)
      throw new Error(`waited in vain for ${what}:\n${container.output}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
