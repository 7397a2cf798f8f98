import type { AddressInfo } from 'node:net';
import { systemEffects } from '../base/effects.ts';
import { Resources } from '../base/resources.ts';
import { isSame } from '../base/secret.ts';
import { milliseconds } from '../base/units.ts';
import { bindAddress } from '../config/rules/loopback.ts';
import type { Config } from '../config/settings/schema.ts';
import type { Log } from '../log/log.ts';
import type { Gateway } from '../proxy/gateway.ts';
import { createPublicListener, type PublicListener } from '../proxy/listener/public-listener.ts';
import type { OpenReadAhead } from '../proxy/listener/read-ahead.ts';
import { bindSocket } from '../proxy/listener/unix-socket.ts';
import { WarmUp } from '../proxy/warm-up/warm-up.ts';
import { watchFileDescriptors } from './file-descriptors.ts';
import type { Setup } from './inputs/inputs.ts';

/** What callers meet: a listener in this process, or those of several others. */
export interface PublicSide {
  /** Base URL without a path, once it listens; `http://unix:/run/a.sock:` for a socket, as nginx writes it. */
  readonly url: string | Promise<string>;
  /** How many requests were refused since the start for want of connections or time. */
  shed(): number;
  become(setup: Setup): Promise<void>;
  /** The process is about to stop: as {@link PublicListener.drain}, `cut` and `close`. */
  drain(): void;
  cut(): void;
  close(): Promise<void>;
}

type PublicLog = Pick<Log, 'info' | 'warn' | 'error'>;

/**
 * Opens the public listener in this process, and fetches ahead of callers what is to be warm.
 * @throws what opening a listener throws, such as `EADDRINUSE`
 */
export const openPublicSide = async (
  gateway: Gateway,
  { config, inputs }: Setup,
  log: PublicLog,
): Promise<PublicSide> => {
  const { listen } = config;
  const listener = createPublicListener({
    ...listen,
    gateway,
    now: systemEffects.now,
    tls: inputs.tls,
    readAhead: listen.accelerator ? await accelerator() : undefined,
  });
  await using opened = new Resources();
  opened.defer(() => listener.close());
  const url = await listenPublicly(listener, listen, opened);
  opened.defer(watchFileDescriptors(systemEffects, log));
  let { cache } = config;
  let warmUp = startWarmUp(cache, gateway, log);
  opened.defer(() => warmUp?.close());
  const resources = opened.move();
  let shown = inputs.tls;
  return {
    url,
    shed: listener.shed,
    become: async ({ config: { cache: wantedCache }, inputs: { tls: wanted } }) => {
      if (!isSame(wantedCache.warmUp, cache.warmUp)) {
        cache = wantedCache;
        warmUp?.close();
        warmUp = startWarmUp(cache, gateway, log);
      }
      if (wanted === undefined || shown === undefined || isSame(wanted, shown)) return;
      shown = wanted;
      listener.renewTls(wanted);
      log.info('listen.certificate-renewed');
    },
    drain: listener.drain,
    cut: listener.cut,
    close: () => resources[Symbol.asyncDispose](),
  };
};

/** It is optional: without its folder, Node's HTTP server reads everything. */
const accelerator = async (): Promise<OpenReadAhead | undefined> => {
  try {
    return (await import('../accelerator/accelerator.ts')).openAccelerator;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
};

/** Opens the listener where the configuration wants it. @returns its base URL without a path */
const listenPublicly = async (
  listener: PublicListener,
  { socketPath, socketMode, host, port, tls }: Config['listen'],
  resources: Resources,
): Promise<string> => {
  const scheme = tls.certFile === undefined ? 'http' : 'https';
  if (socketPath !== undefined) {
    resources.defer(await bindSocket(socketPath, socketMode, (path) => listener.listen({ path })));
    return `${scheme}://unix:${socketPath}:`;
  }
  await listener.listen({ host: bindAddress(host), port });
  const { address, family, port: bound } = listener.server.address() as AddressInfo;
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
};

/** Fetches the configured reports ahead of callers, if there are any. */
const startWarmUp = (
  { maxBytes, warmUp: { reports, requestsPerMinute } }: Config['cache'],
  gateway: Gateway,
  log: PublicLog,
): WarmUp | undefined => {
  if (reports.length === 0 || maxBytes === 0) return undefined;
  const warmUp = new WarmUp({
    reports: reports.map(({ path, accept, host }) => ({ target: path, accept, host })),
    interval: milliseconds(60_000 / requestsPerMinute),
    source: gateway,
    effects: systemEffects,
    onFailed: ({ target }, { reason }) => log.warn('warm-up.failed', { report: target, reason }),
    onRecovered: ({ target }) => log.info('warm-up.recovered', { report: target }),
  });
  warmUp.start();
  return warmUp;
};
