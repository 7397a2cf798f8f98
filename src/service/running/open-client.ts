import type { Effects } from '../../base/effects.ts';
import type { PeerTls } from '../../base/peer-tls.ts';
import { milliseconds } from '../../base/units.ts';
import { userAgent } from '../../base/version.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { ClientConfig } from '../../config/settings/topology.ts';
import {
  createDcrClient,
  createMemoryStore,
  createStateCodec,
  type DcrClient,
  type DcrEventListener,
  nodeStateFs,
  type OpenedStore,
  openCredentialStore,
  type SealingKeys,
} from '../../oauth/index.ts';
import { openDcrTransport } from '../../upstream/dcr-transport.ts';

/**
 * Opens the state of the client of this name: a file that is called after it, or memory where there is no folder.
 * @param sealing keys of the state; `undefined`: it is kept as plain JSON
 * @throws {StateLockedError} when none of the keys opens the state that is there
 */
export async function openState(
  name: string,
  { dir: folder, acceptPlain }: Pick<Config['state'], 'dir' | 'acceptPlain'>,
  sealing: SealingKeys | undefined,
  effects: Effects,
): Promise<OpenedStore> {
  if (folder === undefined) {
    const problem = new Error('no folder is known: neither `state.dir` nor HOME is set');
    return { store: createMemoryStore(), kind: 'memory', problem };
  }
  const codec = sealing && createStateCodec(sealing, { acceptPlain });
  return openCredentialStore({ folder, name, fs: nodeStateFs, effects, ...(codec && { codec }) });
}

export interface OpenedDcrClient extends DcrClient {
  /** For calls from now on. */
  renewTls(tls: PeerTls): void;
  /** Cuts what is open. */
  close(): void;
}

/** The client of the DCR server as the configuration has it. */
export function openDcrClient(
  dcr: ClientConfig['dcr'],
  tls: PeerTls,
  effects: Effects,
  onEvent?: DcrEventListener,
): OpenedDcrClient {
  const way = { origin: dcr.url, proxy: dcr.proxy, connectTimeout: milliseconds(dcr.timeoutMs) };
  const transport = openDcrTransport({ ...way, tls });
  const client = createDcrClient({
    ...dcr,
    transport: transport.send,
    effects,
    userAgent: userAgent(),
    ...(onEvent && { onEvent }),
  });
  return {
    ...client,
    renewTls: (renewed) => transport.renew({ ...way, tls: renewed }),
    close: () => transport.close(),
  };
}
