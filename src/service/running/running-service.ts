import type { Telemetry } from '../../admin/telemetry.ts';
import type { Effects } from '../../base/effects.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';
import type { Log } from '../../log/log.ts';
import {
  createMemoryStore,
  createStateCodec,
  type DcrEvent,
  nodeStateFs,
  type OpenedStore,
  openCredentialStore,
} from '../../oauth/index.ts';
import type { ClientInput, Setup } from '../inputs/inputs.ts';
import { atMost, type ClientEnvironment, RunningClient } from './running-client.ts';
import type { RunningRoutes } from './running-routes.ts';

/**
 * Opens the state of the client of this name: a file that is called after it, or memory where there is no folder.
 * @throws {StateLockedError} when none of the keys opens the state that is there
 */
export async function openState(
  name: string,
  { config, inputs: { sealing } }: Setup,
  effects: Effects,
): Promise<OpenedStore> {
  const { dir: folder, acceptPlain } = config.state;
  if (folder === undefined) {
    const problem = new Error('no folder is known: neither `state.dir` nor HOME is set');
    return { store: createMemoryStore(), kind: 'memory', problem };
  }
  const codec = createStateCodec(sealing, { acceptPlain });
  return openCredentialStore({ folder, name, fs: nodeStateFs, effects, codec });
}

export interface ServiceEnvironment extends Omit<ClientEnvironment, 'onEvent' | 'onIdentity'> {
  /** The setup of the start: state stays where it was, and sealed as it was. */
  readonly setup: Setup;
  readonly routes: RunningRoutes;
  readonly telemetry: Telemetry;
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly onDcrEvent: (client: string, event: DcrEvent) => void;
}

/**
 * A client that comes while the proxy runs is used when it has a token, or has failed to get one, or after this long.
 */
const LONGEST_WARM_UP: Milliseconds = seconds(10);

/** Clients and routes while they run, and how they become others without a request being dropped. */
export class RunningService {
  readonly #environment: ServiceEnvironment;
  readonly #stopping = new AbortController();
  readonly #farewells = new Set<Promise<void>>();
  #clients: readonly RunningClient[] = [];

  constructor(environment: ServiceEnvironment) {
    this.#environment = environment;
  }

  get clients(): readonly RunningClient[] {
    return this.#clients;
  }

  /**
   * Makes clients and routes those of the setup. What has not changed stays as it is; requests under way end on
   * what they began with. Not to be called again before it is over.
   * @throws {StateLockedError} when none of the keys opens the state of a client; then nothing has changed
   */
  async become(setup: Setup): Promise<void> {
    // Everything that may fail, before anything is changed.
    const steps = await Promise.all(setup.inputs.clients.map((input) => this.#plan(input)));
    const before = this.#clients;
    // What they hold serves on until their successors have tokens; their state is saved before those look for it.
    const leaving = steps.flatMap((step) => step.leaving ?? []);
    await Promise.all(leaving.filter(({ tokens }) => tokens.current() !== undefined).map((it) => it.close()));
    const clients = steps.map((step) => step.come());
    // Envoy warms a cluster before it routes to it: callers notice nothing. At the start nothing could serve meanwhile.
    if (before.length > 0) {
      const fresh = clients.filter((client) => !before.includes(client));
      const attempts = Promise.all(fresh.map(({ attempted }) => attempted));
      await atMost(LONGEST_WARM_UP, attempts, this.#environment.effects);
    }
    this.#clients = clients;
    this.#environment.routes.become(setup, new Map(clients.map((client) => [client.name, client])));
    for (const client of before) if (!clients.includes(client)) this.#bidFarewell(client);
  }

  /** Cuts the connections to the report APIs, and ends the clients. */
  async close(): Promise<void> {
    this.#environment.routes.close();
    this.#stopping.abort();
    await Promise.all([...this.#farewells, ...this.#clients.map((client) => client.close())]);
  }

  /** Who leaves for a client of a setup, and how it comes, which cannot fail any more. */
  async #plan(input: ClientInput) {
    const { setup, effects } = this.#environment;
    const { name } = input.config;
    const before = this.#clients.find((client) => client.name === name);
    if (before?.canBecome(input)) return { leaving: undefined, come: () => before.become(input) };
    const opened = await openState(name, setup, effects);
    return { leaving: before, come: () => this.#start(input, opened) };
  }

  #start(input: ClientInput, { store, kind, problem }: OpenedStore): RunningClient {
    const { setup, routes, telemetry, log, onDcrEvent } = this.#environment;
    const client = input.config.name;
    telemetry.dcr.opened(client, kind);
    if (kind === 'memory')
      log.warn('state.in-memory', { client, error: problem, folder: setup.config.state.dir });
    return new RunningClient(input, store, {
      ...this.#environment,
      onEvent: (event) => onDcrEvent(client, event),
      onIdentity: () => routes.publish(),
    });
  }

  #bidFarewell(client: RunningClient): void {
    const { log } = this.#environment;
    const farewell = client
      .retire(this.#stopping.signal)
      .catch((error: unknown) => log.error('client.not-closed', { client: client.name, error }))
      .finally(() => this.#farewells.delete(farewell));
    this.#farewells.add(farewell);
  }
}
