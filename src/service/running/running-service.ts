import type { ReportAddresses, RouteFacts } from '../../admin/wire.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';
import type { Config } from '../../config/settings/schema.ts';
import type { DcrEvent, OpenedStore, SealingKeys } from '../../oauth/index.ts';
import type { Gateway } from '../../proxy/gateway.ts';
import type { ClientInput, Setup } from '../inputs/inputs.ts';
import { openState } from './open-client.ts';
import { type ClientEnvironment, RunningClient } from './running-client.ts';
import type { RunningRoutes } from './running-routes.ts';

export interface ServiceEnvironment extends Omit<ClientEnvironment, 'onEvent' | 'onIdentity'> {
  readonly state: Config['state'];
  readonly sealing: SealingKeys | undefined;
  readonly routes: RunningRoutes;
  readonly gateway: Pick<Gateway, 'replace'>;
  /** For the events of the client of this name. */
  readonly onDcrEvent: (client: string, event: DcrEvent) => void;
  /** A client's state is not in a file. */
  readonly onStore: (client: string, store: Omit<OpenedStore, 'store'>) => void;
  /** A client that is not needed any more could not be closed. */
  readonly onFarewellFailed: (client: string, error: unknown) => void;
}

/**
 * A client that comes while the proxy runs is used when it has a token, or has failed to get one, or after this long.
 */
const LONGEST_WARM_UP: Milliseconds = seconds(10);

/** What to do about one client. */
type ClientStep =
  | { readonly input: ClientInput; readonly keep: RunningClient }
  | { readonly input: ClientInput; readonly store: OpenedStore; readonly before: RunningClient | undefined };

/** Clients and routes while they run, and how they become others without a request being dropped. */
export class RunningService {
  readonly #environment: ServiceEnvironment;
  readonly #stopping = new AbortController();
  readonly #farewells = new Set<Promise<void>>();
  #config: Config | undefined;
  #clients: readonly RunningClient[] = [];

  constructor(environment: ServiceEnvironment) {
    this.#environment = environment;
  }

  get clients(): readonly RunningClient[] {
    return this.#clients;
  }

  /** What is served where, for people. */
  get routeFacts(): readonly RouteFacts[] {
    return this.#environment.routes.configs.map(({ name, prefix, hosts, client, upstream }) => ({
      name,
      prefix,
      hosts,
      client,
      upstream: upstream.url.origin + upstream.prefix,
      timeZone: upstream.timeZone === '' ? usualTimeZone(upstream.prefix) : upstream.timeZone,
    }));
  }

  /** Where reports are that anybody may ask for, whatever the host. @param publicUrl base URL of the public listener */
  reportAddresses(publicUrl: string | undefined): Pick<ReportAddresses, 'publicUrl' | 'prefix' | 'upstream'> {
    const { configs } = this.#environment.routes;
    const route = configs.find(({ hosts }) => hosts.length === 0) ?? configs[0];
    const prefix = route?.prefix ?? '';
    return {
      publicUrl: publicUrl && publicUrl + prefix,
      prefix,
      upstream: route?.upstream.url.origin ?? '',
    };
  }

  /**
   * Makes clients and routes those of the setup. What has not changed stays as it is; requests under way end on
   * what they began with. Not to be called again before it is over.
   * @throws {StateLockedError} when none of the keys opens the state of a client; then nothing has changed
   */
  async become({ config, inputs }: Setup): Promise<void> {
    const steps = await this.#plan(inputs.clients);
    const before = this.#clients;
    // What they hold serves on until their successors have tokens; their state is saved before those look for it.
    const leaving = steps.flatMap((step) =>
      'store' in step && step.before !== undefined ? [step.before] : [],
    );
    await Promise.all(leaving.filter(({ tokens }) => tokens.current() !== undefined).map((it) => it.close()));
    const clients = steps.map((step) => this.#take(step));
    // At the start nothing could serve meanwhile.
    if (before.length > 0) await this.#firstTokens(clients.filter((client) => !before.includes(client)));
    this.#config = config;
    this.#clients = clients;
    const byName = new Map(clients.map((client) => [client.name, client]));
    this.#environment.routes.become(inputs.routes, byName);
    this.#publish();
    for (const client of before) if (!clients.includes(client)) this.#bidFarewell(client);
  }

  /** Cuts the connections to the report APIs, and ends the clients. */
  async close(): Promise<void> {
    this.#environment.routes.close();
    this.#stopping.abort();
    await Promise.all([...this.#farewells, ...this.#clients.map((client) => client.close())]);
  }

  /** Everything that may fail, before anything is changed. */
  #plan(inputs: readonly ClientInput[]): Promise<ClientStep[]> {
    const { state, sealing, effects } = this.#environment;
    return Promise.all(
      inputs.map(async (input): Promise<ClientStep> => {
        const { name } = input.config;
        const before = this.#clients.find((client) => client.name === name);
        if (before?.canBecome(input)) return { input, keep: before };
        return { input, before, store: await openState(name, state, sealing, effects) };
      }),
    );
  }

  #take(step: ClientStep): RunningClient {
    if ('keep' in step) {
      step.keep.become(step.input);
      return step.keep;
    }
    const { input, store } = step;
    const { name } = input.config;
    const { store: credentialStore, ...kept } = store;
    this.#environment.onStore(name, kept);
    return new RunningClient(input, credentialStore, {
      ...this.#environment,
      onEvent: (event) => this.#environment.onDcrEvent(name, event),
      onIdentity: () => this.#publish(),
    });
  }

  /** Envoy warms a cluster before it routes to it: callers notice nothing. */
  async #firstTokens(clients: readonly RunningClient[]): Promise<void> {
    if (clients.length === 0) return;
    const late = Promise.withResolvers<void>();
    const cancel = this.#environment.effects.setTimer(LONGEST_WARM_UP, late.resolve);
    await Promise.race([Promise.all(clients.map(({ attempted }) => attempted)), late.promise]);
    cancel();
  }

  #publish(): void {
    const { gateway, routes } = this.#environment;
    if (this.#config !== undefined) gateway.replace(routes.service(this.#config));
  }

  #bidFarewell(client: RunningClient): void {
    const farewell = client
      .retire(this.#stopping.signal)
      .catch((error: unknown) => this.#environment.onFarewellFailed(client.name, error))
      .finally(() => this.#farewells.delete(farewell));
    this.#farewells.add(farewell);
  }
}

/** The times in reports of ESM are PST; CMU's are taken for UTC (docs/adobe.md §6, §8). */
const usualTimeZone = (prefix: string): string => (/\besm\b/.test(prefix) ? '-08:00' : 'UTC');
