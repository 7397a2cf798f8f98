import type { Effects } from '../../base/effects.ts';
import type { PeerTls } from '../../base/peer-tls.ts';
import { milliseconds } from '../../base/units.ts';
import { userAgent } from '../../base/version.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { ClientConfig } from '../../config/settings/topology.ts';
import {
  type CredentialStore,
  createDcrClient,
  createMemoryStore,
  createSealedCodec,
  createTokenSource,
  type DcrBudget,
  type DcrClient,
  type DcrEventListener,
  type ManagedTokenSource,
  nodeStateFs,
  type OpenedStore,
  openCredentialStore,
  type SealingKeys,
  type SoftwareStatement,
} from '../../oauth/index.ts';
import { openDcrTransport } from '../../upstream/dcr-transport.ts';
import type { Fleet } from '../fleet.ts';

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
  const codec = sealing && createSealedCodec(sealing, { acceptPlain });
  return openCredentialStore({ folder, name, fs: nodeStateFs, effects, ...(codec && { codec }) });
}

export interface OpenTokensOptions {
  readonly dcr: ClientConfig['dcr'];
  readonly statement: SoftwareStatement;
  /** Toward the DCR server. */
  readonly tls: PeerTls;
  readonly store: CredentialStore;
  /** Shared by all clients that call the same DCR server from this address. */
  readonly budget: DcrBudget;
  /** What this replica shares with others. It is not closed with the tokens. */
  readonly fleet?: Fleet | undefined;
  readonly effects: Effects;
  readonly onEvent: DcrEventListener;
}

export interface OpenedTokens {
  readonly tokens: ManagedTokenSource;
  /** For DCR calls from now on. */
  renewTls(tls: PeerTls): void;
  /** Ends timers and calls, and waits for a save under way. A token that is held serves on while it lasts. */
  close(): Promise<void>;
}

export interface OpenedDcrClient {
  readonly client: DcrClient;
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
  const timeout = milliseconds(dcr.timeoutMs);
  const way = { origin: dcr.url, proxy: dcr.proxy, connectTimeout: timeout };
  const transport = openDcrTransport({ ...way, tls });
  const client = createDcrClient({
    baseUrl: dcr.url,
    transport: transport.send,
    effects,
    userAgent: userAgent(),
    deviceInfo: dcr.deviceInfo,
    tokenRequestForm: dcr.tokenRequestForm,
    registerPath: dcr.registerPath,
    tokenPath: dcr.tokenPath,
    timeout,
    ...(onEvent && { onEvent }),
    ...(dcr.redirectUri !== '' && { redirectUri: dcr.redirectUri }),
    ...(dcr.initialAccessToken !== undefined && { initialAccessToken: dcr.initialAccessToken }),
    ...(dcr.scope !== '' && { scope: dcr.scope }),
  });
  return {
    client,
    renewTls: (renewed) => transport.renew({ ...way, tls: renewed }),
    close: () => transport.close(),
  };
}

/** Puts the parts of `oauth/` together as the configuration has it, and starts the life of the token. */
export function openTokens(options: OpenTokensOptions): OpenedTokens {
  const { dcr, statement, tls, store, budget, fleet, effects, onEvent } = options;
  const { client, renewTls, close } = openDcrClient(dcr, tls, effects, onEvent);
  const tokens = createTokenSource({ statement, client, store, budget, effects, onEvent, fleet });
  return {
    tokens,
    renewTls,
    close: async () => {
      await tokens.close();
      close();
    },
  };
}
