import { systemEffects } from '../base/effects.ts';
import type { Log } from '../log/log.ts';
import type { Gateway } from '../proxy/gateway.ts';
import { createPublicListener } from '../proxy/listener/public-listener.ts';
import type { OpenReadAhead } from '../proxy/listener/read-ahead.ts';
import { watchFileDescriptors } from './file-descriptors.ts';
import { sameIdentity } from './inputs/certificates.ts';
import type { Setup } from './inputs/inputs.ts';
import { listenPublicly } from './public-address.ts';
import { RunningWarmUp } from './running/open-warm-up.ts';

/** What callers meet: a listener in this process, or those of several others. */
export interface PublicSide {
  /** Base URL without a path; `http://unix:/run/a.sock:` for a socket. */
  readonly url: string;
  /** How many requests were refused since the start for want of connections or time. */
  shed(): number;
  /** Takes up a changed setup. */
  become(setup: Setup): Promise<void>;
  /** Connections that are open end with their next answers: the process is about to stop. */
  drain(): void;
  /** Ends requests in flight at once. */
  cut(): void;
  /** Takes no more connections, and waits for requests in flight. */
  close(): Promise<void>;
}

/**
 * Opens the public listener in this process, and fetches ahead of callers what is to be warm.
 * @throws what opening a listener throws, such as `EADDRINUSE`
 */
export const openPublicSide = async (
  gateway: Gateway,
  { config, inputs }: Setup,
  log: Pick<Log, 'info' | 'warn' | 'error'>,
): Promise<PublicSide> => {
  const { listen } = config;
  const listener = createPublicListener({
    ...listen,
    gateway,
    now: systemEffects.now,
    tls: inputs.tls,
    readAhead: listen.accelerator ? await accelerator() : undefined,
  });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => listener.close());
  const address = await listenPublicly(listener, listen);
  opened.defer(() => address.withdraw());
  opened.defer(watchFileDescriptors(systemEffects, log));
  const warmUp = new RunningWarmUp(gateway, log);
  opened.defer(() => warmUp.close());
  warmUp.become(config);
  const resources = opened.move();
  let shown = inputs.tls;
  return {
    url: address.url,
    shed: listener.shed,
    become: async ({ config: { cache }, inputs: { tls: wanted } }) => {
      warmUp.become({ cache });
      if (wanted === undefined || shown === undefined || sameIdentity(wanted, shown)) return;
      shown = wanted;
      listener.renewTls(wanted);
      log.info('listen.certificate-renewed');
    },
    drain: listener.drain,
    cut: listener.cut,
    close: () => resources.disposeAsync(),
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
