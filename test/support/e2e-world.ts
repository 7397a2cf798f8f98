import { writeFile } from 'node:fs/promises';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/index.ts';
import { ConfigSource } from '../../src/service/inputs/config-source.ts';
import { type RunningProxy, startProxy } from '../../src/service/start-proxy.ts';
import type { Traces } from '../../src/tracing/traces.ts';
import { type CallAnswer, call, type FlatHeaders } from './http-client.ts';
import { recordedLog } from './recorded-log.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { environmentOf, FREE_PORTS } from './test-config.ts';
import { startTestSandbox } from './test-sandbox.ts';

/** The whole proxy, as `serve` puts it together, in front of the sandbox. */
export interface E2eWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly proxy: RunningProxy;
  /** The software statement that it was started with. */
  readonly statement: string;
  /** Base URL with the prefix. */
  readonly url: string;
  /** Everything that was logged, at level `trace`. */
  log(): string;
  get(below: string, headers?: FlatHeaders): Promise<CallAnswer>;
  /** `/api/status` as it is now. */
  status(): Promise<Record<string, unknown>>;
}

export interface E2eOptions {
  readonly sandbox?: SandboxOptions;
  readonly settings?: Readonly<Record<string, string>>;
  /** Text of a configuration file. The statement comes in a file, whatever it says of it. */
  readonly yaml?: string;
  /** Called with the sandbox before the proxy starts. */
  readonly before?: (sandbox: Sandbox) => void;
  readonly traces?: Traces;
}

export const startE2eWorld = async (options: E2eOptions = {}): Promise<E2eWorld> => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const sandbox = await startTestSandbox(options.sandbox);
  opened.defer(() => sandbox.close());
  options.before?.(sandbox);
  const { log, written } = recordedLog('trace');
  const statement = await sandbox.statement();
  const { yaml } = options;
  if (yaml !== undefined) {
    await writeFile(folder.file('config.yaml'), yaml);
    await writeFile(folder.file('statement.txt'), statement, { mode: 0o600 });
  }
  const env = environmentOf({
    ...FREE_PORTS,
    DCR_URL: sandbox.url,
    UPSTREAM_URL: sandbox.url,
    STATE_DIR: folder.path,
    ...(yaml === undefined
      ? { SOFTWARE_STATEMENT: statement }
      : { SOFTWARE_STATEMENT_FILE: folder.file('statement.txt') }),
    ...options.settings,
  });
  const source = new ConfigSource(yaml === undefined ? undefined : folder.file('config.yaml'), env);
  const setup = await source.load();
  if ('mistakes' in setup) throw new Error(JSON.stringify(setup.mistakes));
  const proxy = await startProxy({ ...setup, source, log, traces: options.traces });
  opened.defer(() => proxy.close(0));
  const resources = opened.move();
  return {
    sandbox,
    proxy,
    statement,
    url: proxy.url,
    log: written,
    get: (below, headers = []) => call(proxy.url + below, { headers }),
    status: async () => Object(await (await call(`${proxy.adminUrl}/api/status`)).json()),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

/** Resolves when `condition` holds. It is asked again as events go by; the runner's time-out ends a wait in vain. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
};
