import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEffects } from '../base/effects.ts';
import { KnownSecrets } from '../base/known-secrets.ts';
import { Resources } from '../base/resources.ts';
import { Secret } from '../base/secret.ts';
import { loadConfig } from '../config/loading/load.ts';
import type { Config } from '../config/settings/schema.ts';
import { createLogger } from '../log/log.ts';
import { startSandbox } from '../sandbox/index.ts';
import { readInputs } from '../service/inputs/inputs.ts';
import { startProxy } from '../service/start-proxy.ts';
import {
  type Command,
  type CommandContext,
  configFileOf,
  configOption,
  type ExitCode,
  refuse,
} from './command.ts';

/** Sandbox and proxy in one process, to see the whole thing work before there is a statement. */
export const demoCommand: Command = {
  name: 'demo',
  summary: 'Run the proxy against a built-in stand-in for Adobe; nothing is needed.',
  options: configOption,
  run: demo,
};

async function demo(context: CommandContext): Promise<ExitCode> {
  const { env, stdout } = context;
  const loaded = await loadConfig({ file: configFileOf(context), env });
  if ('mistakes' in loaded) return refuse(context, loaded.mistakes);
  const { config } = loaded;
  // The ready line is what a person looks for; requests can be followed with CMU_PROXY_LOG_LEVEL=info.
  const level = env['CMU_PROXY_LOG_LEVEL'] === undefined ? 'warn' : config.log.level;
  const secrets = new KnownSecrets();
  const log = createLogger({ level, destination: stdout, pretty: stdout.isTTY === true, secrets });
  context.onExit(() => log.end());
  const stateDir = await mkdtemp(join(tmpdir(), 'cmu-proxy-demo-'));
  await using opened = new Resources();
  opened.defer(() => log.close());
  opened.defer(() => rm(stateDir, { recursive: true, force: true }));

  const sandbox = await startSandbox({ port: await freePort(config.sandbox.port) });
  opened.defer(() => sandbox.close());
  const pointed = await pointedAt(sandbox.url, await sandbox.statement(), stateDir, config);
  const inputs = await readInputs(pointed, systemEffects.now());
  if ('mistakes' in inputs) return refuse(context, inputs.mistakes);
  const proxy = await startProxy({ config: pointed, inputs, log, secrets });
  opened.defer(() => proxy.close(config.shutdown.graceMs));
  stdout.write(readyText(proxy.url, proxy.adminUrl, sandbox.url));
  if (!context.stopping.aborted) await once(context.stopping, 'abort');
  return 0;
}

const DIRECT = { proxy: undefined, caFile: undefined, certFile: undefined, keyFile: undefined };

/** The user's configuration with Adobe's place taken by the sandbox, on ports that are free. */
const pointedAt = async (
  sandboxUrl: string,
  statement: string,
  stateDir: string,
  config: Config,
): Promise<Config> => ({
  ...config,
  clients: [],
  routes: [],
  softwareStatement: new Secret(statement),
  softwareStatementFile: undefined,
  listen: {
    ...config.listen,
    port: await freePort(config.listen.port),
    workers: 1,
    // So that the line to paste works: who may call is not what a demo shows.
    socketPath: undefined,
    callerTokens: [],
    tls: { certFile: undefined, keyFile: undefined, clientCaFile: undefined },
  },
  admin: { ...config.admin, port: await freePort(config.admin.port) },
  dcr: { ...config.dcr, url: new URL(sandboxUrl), ...DIRECT },
  upstream: { ...config.upstream, url: new URL(sandboxUrl), ...DIRECT },
  state: { dir: stateDir, key: undefined, keyFile: undefined, previousKeyFiles: [], acceptPlain: false },
  redis: { ...config.redis, url: undefined },
});

/** The port if nobody has it, else 0, which takes any. */
const freePort = (port: number): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });

const readyText = (url: string, adminUrl: string, sandboxUrl: string): string => `
cmu-proxy is ready, in front of a sandbox in the place of Adobe.

  curl '${url}/year/month/day/tenant?limit=5'
  curl '${url}/year/month/mvpd.csv'

  console  ${adminUrl}/console/
  status   ${adminUrl}/api/status
  sandbox  ${sandboxUrl}

Stop with Ctrl-C.
`;
