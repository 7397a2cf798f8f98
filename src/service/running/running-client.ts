import type { Effects } from '../../base/effects.ts';
import type { KnownSecrets } from '../../base/known-secrets.ts';
import { isSamePeerTls } from '../../base/peer-tls.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';
import {
  type CredentialStore,
  type DcrEvent,
  type DcrEventListener,
  LastingTokenSource,
  ProvenTokens,
  type SoftwareStatement,
  type TokenSource,
} from '../../oauth/index.ts';
import type { DcrBudgets, Fleet } from '../fleet.ts';
import type { ClientInput } from '../inputs/inputs.ts';
import { notingStore } from '../noting-stores.ts';
import { type OpenedDcrClient, openDcrClient } from './open-client.ts';

export interface ClientEnvironment {
  readonly budgets: DcrBudgets;
  readonly fleet: Fleet | undefined;
  readonly secrets: KnownSecrets;
  readonly effects: Effects;
  readonly onEvent: DcrEventListener;
  /** A token of another statement serves from now on: answers may be those of another application. */
  readonly onIdentity: () => void;
}

/** Whether a token comes into service with this. */
export const bringsToken = (event: DcrEvent): boolean =>
  event.event === 'token-received' ||
  event.event === 'shared-token-taken' ||
  (event.event === 'restored' && event.tokenExpiresAt !== undefined);

/** Whoever waits for a token of a client that goes is given up after this long. */
const LONGEST_FAREWELL: Milliseconds = seconds(30);

/** A client of Adobe while it runs. */
export class RunningClient {
  readonly name: string;
  readonly tokens: TokenSource;
  /** The same, for whoever sends requests. */
  readonly bearer: ProvenTokens;
  /** Resolves when the first attempt to get a token is over, however it ended. */
  readonly attempted: Promise<void>;
  readonly #environment: ClientEnvironment;
  readonly #dcr: OpenedDcrClient;
  #input: ClientInput;
  /** The one to get tokens with. */
  #statement: SoftwareStatement;
  /** The one that the token in service was got with. */
  #serving: SoftwareStatement;
  #closed: Promise<void> | undefined;
  #hasServed = false;

  constructor(input: ClientInput, store: CredentialStore, environment: ClientEnvironment) {
    const { config, statement, tls } = input;
    const { budgets, fleet, secrets, effects, onEvent } = environment;
    secrets.keep(statement.secret);
    this.name = config.name;
    this.#input = input;
    this.#environment = environment;
    this.#statement = statement;
    this.#serving = statement;
    this.#dcr = openDcrClient(config.dcr, tls, effects, onEvent);
    this.tokens = new LastingTokenSource({
      statement,
      client: this.#dcr,
      store: notingStore(store, secrets),
      budget: budgets(config.dcr.url),
      fleet,
      effects,
      onEvent: (event) => {
        onEvent(event);
        if (!bringsToken(event)) return;
        this.#hasServed = true;
        this.#identify();
      },
    });
    this.bearer = new ProvenTokens(this.tokens, effects, onEvent);
    this.attempted = this.tokens.token().then(
      () => {},
      () => {},
    );
  }

  /** Whose data it gets now. A new statement counts from its first token on: until then, that of the old one serves. */
  get statement(): SoftwareStatement {
    return this.#serving;
  }

  get hasServed(): boolean {
    return this.#hasServed;
  }

  /** Whether it can become what is wanted and keep its token. */
  canBecome({ config }: ClientInput): boolean {
    const { dcr } = this.#input.config;
    return (
      dcr.proxy?.reveal() === config.dcr.proxy?.reveal() && JSON.stringify(dcr) === JSON.stringify(config.dcr)
    );
  }

  /**
   * Takes up renewed certificates, and another statement, if it is one. The token in service stays until its successor
   * is there.
   */
  become(input: ClientInput): void {
    if (!isSamePeerTls(input.tls, this.#input.tls)) this.#dcr.renewTls(input.tls);
    this.#input = input;
    if (input.statement.fingerprint === this.#statement.fingerprint) return;
    this.#environment.secrets.keep(input.statement.secret);
    this.#statement = input.statement;
    this.tokens.replaceStatement(input.statement);
  }

  /** Closes it once nobody waits for its first token. @param stopping ends the waiting */
  async retire(stopping: AbortSignal): Promise<void> {
    const patience = new AbortController();
    const cancel = this.#environment.effects.setTimer(LONGEST_FAREWELL, () => patience.abort());
    await this.tokens.token({ signal: AbortSignal.any([stopping, patience.signal]) }).catch(() => {});
    cancel();
    await this.close();
  }

  /** Ends timers and calls, and waits for a save under way. The token that it holds serves on while it lasts. */
  close(): Promise<void> {
    this.#closed ??= this.tokens.close().then(() => this.#dcr.close());
    return this.#closed;
  }

  #identify(): void {
    if (this.#serving === this.#statement) return;
    this.#serving = this.#statement;
    this.#environment.onIdentity();
  }
}
