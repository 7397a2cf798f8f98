import { copyFile, rename, writeFile } from 'node:fs/promises';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/index.ts';
import { ConfigSource } from '../../src/service/inputs/config-source.ts';
import { type RunningProxy, startProxy } from '../../src/service/start-proxy.ts';
import { type CallAnswer, call, type FlatHeaders } from './http-client.ts';
import { recordedLog } from './recorded-log.ts';
import { logLines } from './running-process.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { environmentOf } from './test-config.ts';
import { startTestSandbox } from './test-sandbox.ts';

/** The whole proxy as a configuration file has it, before a sandbox: for several clients and routes, and for changes while it runs. */
export interface ServiceWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly proxy: RunningProxy;
  readonly folder: TemporaryFolder;
  /** The configuration file. */
  readonly configFile: string;
  /** Puts another configuration file in the place of the one there is, or its text into that one; `DIR` in it stands for the folder, `SANDBOX` for the sandbox's URL. */
  write(yaml: string, how?: 'in place'): Promise<void>;
  /** Writes it, and has it read. */
  reload(yaml: string): Promise<void>;
  /** Makes a statement for an application of this name in `DIR/NAME.txt`. */
  statement(name: string): Promise<void>;
  /** Events that were logged, at level `info` and above, by name. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
  /** A GET of the path on the public listener. */
  get(path: string, headers?: FlatHeaders): Promise<CallAnswer>;
  /** A GET on the private listener. */
  admin(path: string): Promise<CallAnswer>;
}

export interface ServiceOptions {
  /** Names of applications with a statement each. */
  readonly statements: readonly string[];
  readonly yaml: string;
  /** A sandbox of its own with these options. */
  readonly sandbox?: SandboxOptions;
  /** Another replica, whose sandbox and statements are this one's as well. */
  readonly beside?: ServiceWorld;
  /** Called with the sandbox before the proxy starts. */
  readonly before?: (sandbox: Sandbox) => void;
}

/** What every configuration here has in common. */
const COMMON = `
listen: { port: 0 }
admin: { port: 0 }
dcr: { url: SANDBOX }
upstream: { url: SANDBOX }
state: { dir: DIR/state }
`;

export const startServiceWorld = async (options: ServiceOptions): Promise<ServiceWorld> => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const { beside } = options;
  const sandbox = beside?.sandbox ?? (await startTestSandbox(options.sandbox));
  if (beside === undefined) opened.defer(() => sandbox.close());
  const configFile = folder.file('proxy.yaml');
  const write = async (yaml: string, how?: 'in place') => {
    const template = yaml.includes('listen:') ? yaml : COMMON + yaml;
    const text = template.replaceAll('DIR', folder.path).replaceAll('SANDBOX', sandbox.url);
    if (how === 'in place') return writeFile(configFile, text);
    // Whoever watches must not see half of it: that would be one more change.
    await writeFile(`${configFile}.new`, text);
    await rename(`${configFile}.new`, configFile);
  };
  const statement = async (name: string) => {
    const file = `${name}.txt`;
    if (beside === undefined) await writeFile(folder.file(file), await sandbox.statement(name));
    else await copyFile(beside.folder.file(file), folder.file(file));
  };
  for (const name of options.statements) await statement(name);
  await write(options.yaml);
  options.before?.(sandbox);

  const { log, written } = recordedLog('info');
  const source = new ConfigSource(configFile, environmentOf({ UPSTREAM_MAX_REQUESTS_PER_SECOND: '0' }));
  const setup = await source.load();
  if ('mistakes' in setup) throw new Error(JSON.stringify(setup.mistakes));
  const proxy = await startProxy({ ...setup, source, log });
  opened.defer(() => proxy.close(0));
  const resources = opened.move();
  const origin = new URL(proxy.url).origin;
  return {
    sandbox,
    proxy,
    folder,
    configFile,
    write,
    reload: async (yaml) => {
      await write(yaml);
      await proxy.reload();
    },
    statement,
    logged: (event) => logLines(written()).filter((line) => line['event'] === event),
    get: (path, headers = []) => call(origin + path, { headers }),
    admin: (path) => call(proxy.adminUrl + path),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

/** Clients `a`, `b` … with the statements of the same names, each with a route below its name. */
export const brands = (...names: readonly string[]): string => `
clients:
${names.map((name) => `  - { name: ${name}, statementFile: DIR/${name}.txt }`).join('\n')}
routes:
${names.map((name) => `  - { name: ${name}, prefix: /${name}/cmu/v2, client: ${name} }`).join('\n')}
`;
