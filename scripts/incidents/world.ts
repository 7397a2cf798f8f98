import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { get as getSecurely, Agent as SecureAgent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';

/** Real milliseconds that a loaded machine may take, which are minutes in fast time. */
const PATIENT = { DCR_TIMEOUT_MS: '300000', UPSTREAM_CONNECT_TIMEOUT_MS: '60000', REDIS_TIMEOUT_MS: '60000' };

export interface WorldOptions {
  readonly tokenLifetime?: number;
  readonly settings?: (world: { readonly folder: string }) => Record<string, string>;
  /** Requests a minute, and which. */
  readonly requests?: number;
  readonly path?: (count: number) => string;
  /** Callers leave after so many milliseconds. */
  readonly patienceMs?: number;
  readonly redis?: boolean;
}

/** A `serve` in a process of its own, before a sandbox, with callers. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'incident-'));
  readonly #program: string;
  readonly #options: WorldOptions;
  readonly #callers = new Agent({ maxSockets: 32 });
  readonly #secureCallers = new SecureAgent({ maxSockets: 32, rejectUnauthorized: false });
  #sandbox: Sandbox | undefined;
  #proxy: ChildProcess | undefined;
  #redis: ChildProcess | undefined;
  #redisPort = 0;
  #url = '';
  #adminUrl = '';
  #stopped = false;
  #asked = 0;

  constructor(program: string, options: WorldOptions) {
    this.#program = program;
    this.#options = options;
  }

  get sandbox(): Sandbox {
    if (this.#sandbox === undefined) throw new Error('not open');
    return this.#sandbox;
  }

  get statementFile(): string {
    return join(this.folder, 'statement.txt');
  }

  get configFile(): string {
    return join(this.folder, 'config.yaml');
  }

  get stateFolder(): string {
    return join(this.folder, 'state');
  }

  get proxy(): ChildProcess {
    if (this.#proxy === undefined) throw new Error('not open');
    return this.#proxy;
  }

  get url(): string {
    return this.#url;
  }

  async open(before: (world: World) => void): Promise<void> {
    const { tokenLifetime = 21_600, redis = false } = this.#options;
    this.#sandbox = await startSandbox({ tokenLifetime, requestLogSize: 10 });
    before(this);
    writeFileSync(this.statementFile, await this.sandbox.statement());
    writeFileSync(this.configFile, 'shutdown:\n  graceMs: 10000\n');
    if (redis) await this.startRedis();
    await this.#start();
    void this.#callWithoutEnd();
  }

  /** Whether its private listener says that it is ready. */
  async isReady(): Promise<boolean> {
    const text = (await this.scrape()) ?? '';
    return /^cmu_proxy_ready 1$/m.test(text);
  }

  /** What a scrape gets; `undefined` when it gets nothing. */
  async scrape(): Promise<string | undefined> {
    return request(`${this.#adminUrl}/metrics`).catch(() => undefined);
  }

  async startRedis(): Promise<void> {
    this.#redisPort ||= 20_000 + (process.pid % 20_000) + Math.floor(Math.random() * 1000);
    const args = ['--port', String(this.#redisPort), '--save', '', '--dir', this.folder];
    // libfaketime and Redis' allocator lock each other up: Redis lives in slow time, which only its leases notice.
    const { LD_PRELOAD: _, ...env } = process.env;
    this.#redis = spawn('redis-server', args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    await until(this.#redis, /Ready to accept connections/);
  }

  async stopRedis(): Promise<void> {
    this.#redis?.kill('SIGKILL');
    await once(this.#redis ?? process, 'exit');
  }

  /** Ends the oldest of its workers, if there is one. */
  killOneWorker(): void {
    const { pid } = this.proxy;
    const [oldest] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    if (oldest !== undefined) process.kill(Number(oldest), 'SIGKILL');
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#proxy?.kill('SIGKILL');
    this.#redis?.kill('SIGKILL');
    this.#callers.destroy();
    this.#secureCallers.destroy();
    await this.#sandbox?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const settings: Record<string, string> = {
      ...PATIENT,
      LISTEN_PORT: '0',
      ADMIN_PORT: '0',
      DCR_URL: this.sandbox.url,
      UPSTREAM_URL: this.sandbox.url,
      STATE_DIR: this.stateFolder,
      SOFTWARE_STATEMENT_FILE: this.statementFile,
      ...(this.#redisPort > 0 && {
        REDIS_URL: `redis://127.0.0.1:${this.#redisPort}`,
        STATE_KEY: KEY,
        REDIS_REPLICAS: '1',
      }),
      ...this.#options.settings?.(this),
    };
    const env = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`CMU_PROXY_${name}`, value]),
    );
    this.#proxy = spawn(process.execPath, [this.#program, 'serve', '--config', this.configFile], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await until(this.#proxy, /^\{.*"event":"started".*\}$/m);
    const { url, admin } = JSON.parse(line);
    this.#url = url;
    this.#adminUrl = admin;
  }

  /** As many callers as there are, at even distances, without waiting for answers. */
  async #callWithoutEnd(): Promise<void> {
    const { requests = 30, path = aReport, patienceMs } = this.#options;
    while (!this.#stopped) {
      const url = this.#url + path(this.#asked++);
      const signal = patienceMs === undefined ? undefined : AbortSignal.timeout(patienceMs);
      const agent = url.startsWith('https:') ? this.#secureCallers : this.#callers;
      void request(url, { agent, ...(signal && { signal }) }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 60_000 / requests));
    }
  }
}

/** Nine in ten ask for what others have asked for. */
const aReport = (count: number): string =>
  count % 10 === 0 ? `/year/month/day?limit=${1 + (count % 900)}` : '/year/month?limit=12';

/** Thirty-two bytes; nothing that is recorded is worth hiding. */
const KEY = Buffer.alloc(32, 7).toString('base64');

/** Resolves with the first match in its output, which is read and forgotten from then on. */
function until({ stdout }: ChildProcess, pattern: RegExp): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    const look = (chunk: string) => {
      output += chunk;
      const [found] = pattern.exec(output) ?? [];
      if (found === undefined) return;
      stdout?.off('data', look).resume();
      resolve(found);
    };
    stdout?.setEncoding('utf8').on('data', look);
    stdout?.once('end', () => reject(new Error(`ended before ${pattern}: ${output}`)));
  });
}

function request(url: string, options: { agent?: Agent; signal?: AbortSignal } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const ask = url.startsWith('https:') ? getSecurely : get;
    ask(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.once('end', () => resolve(text)).once('error', reject);
    }).once('error', reject);
  });
}
