import type { Config } from '../config/schema.ts';
import {
  createDcrClient,
  createHttpTransport,
  createMemoryStore,
  createSealedCodec,
  createTokenSource,
  type DcrBudget,
  type DcrEventListener,
  type Effects,
  type ManagedTokenSource,
  nodeStateFs,
  type OpenedStore,
  openCredentialStore,
  type SealingKeys,
  type SoftwareStatement,
} from '../dcr/index.ts';
import { milliseconds } from '../units.ts';
import { userAgent } from '../version.ts';
import type { OpenedFleet } from './open-fleet.ts';

/** Name of the one client that a configuration without a list of clients has; its state file is called after it. */
export const DEFAULT_CLIENT = 'default';

export interface OpenTokensOptions {
  readonly config: Pick<Config, 'dcr' | 'state'>;
  readonly statement: SoftwareStatement;
  /** PEM certificates to trust for the DCR server besides those that Node.js trusts. */
  readonly ca: string | undefined;
  /** Keys of the state file; `undefined`: it is kept as plain JSON. */
  readonly sealing?: SealingKeys | undefined;
  /** Shared by all clients that call the same DCR server from this address. */
  readonly budget: DcrBudget;
  /** What this replica shares with others. It is not closed with the tokens. */
  readonly fleet?: OpenedFleet | undefined;
  readonly effects: Effects;
  readonly onEvent: DcrEventListener;
}

export interface OpenedTokens {
  readonly tokens: ManagedTokenSource;
  /** `memory`: there is no folder for the state, or it cannot be written (`problem`). */
  readonly store: Omit<OpenedStore, 'store'>;
  /** Ends timers and calls, and waits for a save under way. */
  close(): Promise<void>;
}

/**
 * Puts the parts of `dcr/` together as the configuration has it, and starts the life of the token.
 * @throws {StateLockedError} when none of the keys opens the state that is there
 */
export async function openTokens(options: OpenTokensOptions): Promise<OpenedTokens> {
  const { config, statement, ca, budget, fleet, effects, onEvent } = options;
  const { dcr } = config;
  const { store, ...kept } = await openStore(options);
  const timeout = milliseconds(dcr.timeoutMs);
  const transport = createHttpTransport({ connectTimeout: timeout, ...(ca !== undefined && { ca }) });
  const client = createDcrClient({
    baseUrl: dcr.url,
    transport: transport.send,
    effects,
    userAgent: userAgent(),
    deviceInfo: dcr.deviceInfo,
    tokenRequestForm: dcr.tokenRequestForm,
    timeout,
    onEvent,
    ...(dcr.redirectUri !== '' && { redirectUri: dcr.redirectUri }),
  });
  const tokens = createTokenSource({
    statement,
    client,
    store,
    budget,
    effects,
    onEvent,
    fleet,
  });
  return {
    tokens,
    store: kept,
    close: async () => {
      await tokens.close();
      transport.close();
    },
  };
}

async function openStore({ config, sealing, effects }: OpenTokensOptions): Promise<OpenedStore> {
  const { dir: folder } = config.state;
  if (folder !== undefined) {
    return openCredentialStore({
      folder,
      name: DEFAULT_CLIENT,
      fs: nodeStateFs,
      effects,
      ...(sealing !== undefined && { codec: createSealedCodec(sealing) }),
    });
  }
  const problem = new Error('no folder is known: neither `state.dir` nor HOME is set');
  return { store: createMemoryStore(), kind: 'memory', problem };
}
