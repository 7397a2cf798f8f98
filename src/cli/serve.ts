import cluster from 'node:cluster';
import { once } from 'node:events';
import { systemEffects } from '../base/effects.ts';
import { errorCode } from '../base/error-code.ts';
import { KnownSecrets } from '../base/known-secrets.ts';
import { formatMistake } from '../config/loading/mistake.ts';
import type { Config } from '../config/settings/schema.ts';
import { clientsOf, routesOf } from '../config/settings/topology.ts';
import { createLogger } from '../log/log.ts';
import { StateLockedError } from '../oauth/index.ts';
import { wantedTracing } from '../service/answering.ts';
import { growHeapSparingly, trimHeap } from '../service/heap.ts';
import { ConfigSource, loadPatiently } from '../service/inputs/config-source.ts';
import { type RunningProxy, type StartProxyOptions, startProxy } from '../service/start-proxy.ts';
import { wayTo } from '../upstream/tunnel.ts';
import {
  type Command,
  type CommandContext,
  configFileOf,
  configOption,
  type ExitCode,
  refuse,
} from './command.ts';

/** The proxy itself. Runs until a signal stops it. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'Run the proxy: reports from Adobe without credentials at the caller.',
  options: configOption,
  run: serve,
};

async function serve(context: CommandContext): Promise<ExitCode> {
  const { env, stdout, stopping } = context;
  const file = configFileOf(context);
  if (cluster.isWorker) return (await import('../service/workers/work.ts')).work(context, file);
  const source = new ConfigSource(file, env);
  const pretty = stdout.isTTY === true;
  const loaded = await loadPatiently(source, systemEffects, stopping, async (mistakes, patienceMs) => {
    // The level that is configured is not known yet.
    const log = createLogger({ level: 'info', destination: stdout, pretty });
    log.warn('start.waiting', { mistakes: mistakes.map(formatMistake), patienceMs });
    await log.close();
  });
  if ('mistakes' in loaded) {
    // Stopped while it waited.
    if (stopping.aborted && loaded.mistakes.every(({ mayCome }) => mayCome)) return 0;
    return refuse(context, loaded.mistakes);
  }
  const secrets = new KnownSecrets();
  const log = createLogger({ level: loaded.config.log.level, destination: stdout, pretty, secrets });
  // Lines that wait are written also when an error ends the process that nobody caught.
  context.onExit(() => log.end());
  for (const warning of loaded.warnings) log.warn('config.warning', { ...warning });
  try {
    return await run(context, { ...loaded, source, log, secrets });
  } finally {
    await log.close();
  }
}

async function run(context: CommandContext, options: StartProxyOptions): Promise<ExitCode> {
  const { config, log } = options;
  growHeapSparingly();
  let proxy: RunningProxy | undefined;
  // From the beginning: a SIGHUP that nobody listens for ends the process.
  context.onReload(() => void proxy?.reload());
  const tracing = await wantedTracing(context.env, log);
  try {
    proxy = await startProxy({ ...options, traces: tracing?.traces });
  } catch (error) {
    if (error instanceof StateLockedError) {
      const { message: expected, advice } = error;
      return refuse(context, [{ key: 'state.keyFile', expected, advice }]);
    }
    log.error('start.failed', { error, advice: adviceOnStart(error, config) });
    return 1;
  }
  trimHeap();
  const upstreams = routesOf(config).map(({ upstream }) => upstream.url.origin);
  log.info('started', {
    url: proxy.url,
    admin: proxy.adminUrl,
    upstream: [...new Set(upstreams)].join(' '),
    egress: egressOf(config),
  });
  const stopping = AbortSignal.any([context.stopping, proxy.stopAsked]);
  if (!stopping.aborted) await once(stopping, 'abort');
  const { graceMs, delayMs } = proxy.config.shutdown;
  log.info('stopping', { delayMs, graceMs });
  let exitCode: ExitCode = 0;
  try {
    await proxy.close(graceMs, delayMs);
  } catch (error) {
    log.error('shutdown.failed', { error });
    exitCode = 1;
  }
  await tracing?.close().catch((error: unknown) => log.warn('tracing.not-flushed', { error }));
  log.info('stopped');
  return exitCode;
}

/** `direct`, or what goes through which proxy. */
const egressOf = (config: Config): string => {
  const places = [
    ...clientsOf(config).map(({ dcr }) => dcr),
    ...routesOf(config).map(({ upstream }) => upstream),
  ];
  const ways = places.flatMap(({ url, proxy }) => (proxy === undefined ? [] : [wayTo(url.origin, proxy)]));
  return ways.length === 0 ? 'direct' : [...new Set(ways)].join(', ');
};

const adviceOnStart = (error: unknown, { listen, admin }: Config): string => {
  const place = listen.socketPath ?? `${listen.host}:${listen.port}`;
  const addresses = `${place} or ${admin.host}:${admin.port}`;
  const noSockets =
    'The file system of listen.socketPath takes no sockets or links: choose a path on another, such as a tmpfs.';
  const noFolder = 'The folder of listen.socketPath must exist and be writable.';
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: `Another process listens on ${addresses}: stop it, or choose another place (listen.port or listen.socketPath, admin.port).`,
    EACCES: `This user may not listen on ${addresses}: choose ports above 1023, and for a socket a folder that it may write to.`,
    ENOTSOCK:
      'Something else than a socket is at listen.socketPath, and stays there: choose another path, or move it away.',
    EPERM: noSockets,
    ENOTSUP: noSockets,
    ENOENT: noFolder,
    EROFS: noFolder,
    EADDRNOTAVAIL: 'This machine does not have the address: check listen.host and admin.host.',
  };
  return advice[errorCode(error) ?? ''] ?? 'Please report this with the log.';
};
