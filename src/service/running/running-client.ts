import type { Effects } from '../../base/effects.ts';
import type { KnownSecrets } from '../../base/known-secrets.ts';
import { isSame } from '../../base/secret.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';
import { userAgent } from '../../base/version.ts';
import {
  type CredentialStore,
  createDcrClient,
  type DcrEvent,
  type DcrEventListener,
  LastingTokenSource,
  ProvenTokens,
  type SoftwareStatement,
  type TokenSource,
  waitFor,
} from '../../oauth/index.ts';
import { type OpenedDcrTransport, openDcrTransport } from '../../upstream/dcr-transport.ts';
import type { DcrBudgets, Fleet } from '../fleet.ts';
import type { ClientInput } from '../inputs/inputs.ts';

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
  readonly attempted: Promise<unknown>;
  readonly #environment: ClientEnvironment;
  readonly #dcr: OpenedDcrTransport;
  #input: ClientInput;
  /** The statement that the token in service was got with. */
  #serving: SoftwareStatement;
  #closed: Promise<void> | undefined;
  #hasServed = false;

  constructor(input: ClientInput, store: CredentialStore, environment: ClientEnvironment) {
    const { config, statement, tls } = input;
    const { budgets, fleet, secrets, effects, onEvent } = environment;
    this.name = config.name;
    this.#input = input;
    this.#environment = environment;
    this.#serving = statement;
    this.#dcr = openDcrTransport({ ...config.dcr, tls });
    this.tokens = new LastingTokenSource({
      statement,
      client: createDcrClient({
        ...config.dcr,
        transport: this.#dcr.send,
        effects,
        userAgent: userAgent(),
        onEvent,
      }),
      store,
      secrets,
      budget: budgets(config.dcr.url),
      fleet,
      effects,
      onEvent: (event) => {
        onEvent(event);
        if (bringsToken(event)) this.#serves();
      },
    });
    this.bearer = new ProvenTokens(this.tokens, effects, onEvent);
    this.attempted = this.tokens.token().catch(() => {});
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
    return isSame(config.dcr, this.#input.config.dcr);
  }

  /**
   * Takes up renewed certificates, and another statement, if it is one. The token in service stays until its successor
   * is there.
   */
  become(input: ClientInput): this {
    const before = this.#input;
    this.#input = input;
    if (!isSame(input.tls, before.tls)) this.#dcr.renew({ ...input.config.dcr, tls: input.tls });
    if (input.statement.fingerprint !== before.statement.fingerprint) {
      this.tokens.replaceStatement(input.statement);
    }
    return this;
  }

  /** Closes it once nobody waits for its first token. @param stopping ends the waiting */
  async retire(stopping: AbortSignal): Promise<void> {
    const { effects } = this.#environment;
    await atMost(LONGEST_FAREWELL, this.tokens.token({ signal: stopping }), effects);
    await this.close();
  }

  /** Ends timers and calls, and waits for a save under way. The token that it holds serves on while it lasts. */
  close(): Promise<void> {
    this.#closed ??= this.tokens.close().then(() => this.#dcr.close());
    return this.#closed;
  }

  /** A token serves that was got with the present statement. */
  #serves(): void {
    this.#hasServed = true;
    const { statement } = this.#input;
    if (this.#serving.fingerprint === statement.fingerprint) return;
    this.#serving = statement;
    this.#environment.onIdentity();
  }
}

/** Waits until something is over, however it ends, or for so long. */
export const atMost = (limit: Milliseconds, work: Promise<unknown>, effects: Effects): Promise<void> =>
  waitFor(effects, limit, undefined, (wake) => void work.then(wake, wake));
